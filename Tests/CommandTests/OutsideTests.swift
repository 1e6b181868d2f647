import HostSystem
import Testing

/// A template whose recipe is another stack's, on a real guest.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct OutsideTests {
    private static let registered = """
        Resources:
          Tool:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: tool
              Version: 1.0.0
              Platform: Linux
              Data: |
                schemaVersion: 1.0
                phases:
                  - name: build
                    steps:
                      - {name: Mark, action: ExecuteBash, inputs: {commands: [echo tool > /root/tool]}}
          Recipe:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: recipe
              Version: 1.0.0
              ParentImage: debian-12
              Components:
                - ComponentArn: !Ref Tool
                - ComponentArn: arn:aws:imagebuilder:us-east-1:aws:component/stig-build-linux/x.x.x
                - ComponentArn: arn:aws:imagebuilder:us-east-1:aws:component/hello-world-linux/x.x.x
                - ComponentArn: arn:aws:imagebuilder:us-east-1:aws:component/simple-boot-test-linux/1.0.0/1

        """

    private static let pipeline = """
        Resources:
          Pipeline:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties:
              Name: web
              ImageRecipeArn: arn:aws:imagebuilder:us-east-1:000000000000:image-recipe/recipe/x.x.x
              InfrastructureConfigurationArn: !Ref Infra
          Infra:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: infra, InstanceProfileName: p}

        """

    private static let stig = """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - {name: Follow, action: ExecuteBash, inputs: {commands: ['test -s /root/tool']}}

        """

    @Test("is built of what is registered, what kiln.yaml names, and Kiln's own components", .timeLimit(.minutes(15)))
    func build() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings + "\ncomponents: {stig-build-linux: stig.yaml}\n")
            try home.write("stig.yaml", Self.stig)
            try home.write("other.yaml", Self.registered)
            try home.write("t.yaml", Self.pipeline)
            let early = try await home.kiln(["build", "t.yaml", "--no-export"]).end()
            #expect(early.status == 65)
            #expect(early.output.contains("t.yaml:6:23: error: the image recipe "), "\(early.output)")
            #expect(try await home.kiln(["apply", "other.yaml"]).end().status == 0)
            #expect(try await home.kiln(["validate", "t.yaml"]).end().status == 0)
            let kiln = try home.kiln(["build", "t.yaml", "--no-export"])
            let ended = try await kiln.end()
            #expect(ended.status == 0, "\(ended.output)")
            for text in [
                "kiln: its own hello-world-linux stands for Amazon's", "tool › build", "stig-build-linux › build",
                "hello-world-linux › build", "hello-world-linux › test", "simple-boot-test-linux › test",
            ] {
                #expect(ended.output.contains(text), "\(ended.output)")
            }
            try home.expectNothingLeft(of: kiln)
            // It is noted as an image of the other stack's recipe.
            let states = try await home.storedBuilds().mapValues(\.state.rawValue)
            #expect(states == ["recipe/1.0.0/1": "AVAILABLE"])
        }
    }
}
