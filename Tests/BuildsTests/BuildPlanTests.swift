import Documents
import Failures
import SystemPackage
import Testing

@testable import Builds

@Suite("The plan of a build") struct BuildPlanTests {
    private static let arn = "arn:aws:imagebuilder:us-east-1:000000000000:component"

    /// A recipe of `main`, whose template has two versions of `part` beside it.
    private func plan(main step: String, part script: String = "true") throws -> BuildPlan {
        func component(_ id: String, _ name: String, _ version: String, _ step: String) -> String {
            """
              \(id):
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: \(name)
                  Version: \(version)
                  Platform: Linux
                  Data: |
                    schemaVersion: 1.0
                    phases: [{name: build, steps: [{name: A, action: \(step)}]}]

            """
        }
        let text =
            "Resources:\n" + component("M", "main", "1.0.0", step)
            + component("P", "part", "1.0.0", "ExecuteBash, inputs: {commands: [one]}")
            + component("Q", "part", "1.2.0", "ExecuteBash, inputs: {commands: ['\(script)']}") + """
                  R:
                    Type: AWS::ImageBuilder::ImageRecipe
                    Properties: {Name: recipe, Version: 1.0.0, ParentImage: debian-12, Components: [{ComponentArn: !Ref M}]}
                  I:
                    Type: AWS::ImageBuilder::InfrastructureConfiguration
                    Properties: {Name: infrastructure, InstanceProfileName: p}
                  L:
                    Type: AWS::ImageBuilder::ImagePipeline
                    Properties: {Name: pipeline, ImageRecipeArn: !Ref R, InfrastructureConfigurationArn: !Ref I}
                """
        return try BuildPlan.make(
            from: try Template.parse(text: text, file: "t.yaml").resolve(), pipeline: nil, base: "/base")
    }

    private static let nests = "ExecuteDocument, inputs: {document: '\(arn)/part/1.x.x'}"

    @Test("A component runs the newest of the template that its ARN names, and no other")
    func documents() throws {
        let plan = try plan(main: Self.nests)
        #expect(try plan.document(of: "\(Self.arn)/part/1.x.x").contains("true"))
        #expect(try plan.document(of: "\(Self.arn)/part/1.0.0/1").contains("one"))
        for arn in ["\(Self.arn)/part/2.x.x", "\(Self.arn)/other/x.x.x", "arn:aws:s3:::bucket"] {
            let error = #expect(throws: BuildFailure.self) { try plan.document(of: arn) }
            #expect(error?.code == .invalid)
        }
    }

    @Test("A build is another where a component that it may run has changed")
    func digest() throws {
        #expect(try plan(main: Self.nests).digest == plan(main: Self.nests).digest)
        #expect(try plan(main: Self.nests).digest != plan(main: Self.nests, part: "false").digest)
        let alone = "ExecuteBash, inputs: {commands: [x]}"
        #expect(try plan(main: alone).digest == plan(main: alone, part: "false").digest)
    }
}
