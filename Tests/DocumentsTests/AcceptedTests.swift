import Documents
import Testing

/// What AWS takes and templates in the field have.
@Suite struct AcceptedTests {
    private static let resources = """
        Recipe:
          Type: AWS::ImageBuilder::ImageRecipe
          Properties: {Name: My Recipe, Version: 1.0.0, ParentImage: ami-12345678}
        Infra:
          Type: AWS::ImageBuilder::InfrastructureConfiguration
          Properties: {Name: infra, InstanceProfileName: profile}
        Pipeline:
          Type: AWS::ImageBuilder::ImagePipeline
          Properties:
            Name: pipeline
            ImageRecipeArn: !Ref Recipe
            InfrastructureConfigurationArn: !Ref Infra
            ImageTags: {team: images}
        """

    /// The resources above at line 2, and more from line 15 on.
    private static func template(_ more: String, before: String = "") -> String {
        let lines = (resources + "\n" + more).split(separator: "\n", omittingEmptySubsequences: false)
        return before + "Resources:\n" + lines.map { "  " + $0 }.joined(separator: "\n") + "\n"
    }

    private func resolved(_ text: String, _ context: TemplateContext = TemplateContext()) throws -> ResolvedTemplate {
        try Template.parse(text: text, file: "t.yaml").resolve(context)
    }

    @Test("ImageTags of a pipeline, AmiWatermarks of a recipe")
    func newer() throws {
        let found = try resolved(
            Self.template(
                """
                Marked:
                  Type: AWS::ImageBuilder::ImageRecipe
                  Properties: {Name: marked, Version: 1.0.0, ParentImage: ami-12345678, AmiWatermarks: [approved, "team (a)"]}
                """))
        #expect(found.warnings == [])
        #expect(found.pipelines.first?.imageTags == ["team": "images"])
        #expect(found.recipes.map(\.amiWatermarks) == [[], ["approved", "team (a)"]])
        let wrong = Self.template(
            """
            Marked:
              Type: AWS::ImageBuilder::ImageRecipe
              Properties: {Name: marked, Version: 1.0.0, ParentImage: ami-12345678, AmiWatermarks: [ab, c%d, eee, eee, fff, ggg]}
            """)
        #expect(
            Problems.template(wrong) == [
                "t.yaml:17:75: error: 'AmiWatermarks' of Marked (AWS::ImageBuilder::ImageRecipe) must have 1 to 5 names, "
                    + "found 6",
                "t.yaml:17:91: error: 'ab' cannot be the name of a watermark "
                    + "(3 to 128 letters, digits, inner blanks and ()[]./'@_-)",
                "t.yaml:17:95: error: 'c%d' cannot be the name of a watermark "
                    + "(3 to 128 letters, digits, inner blanks and ()[]./'@_-)",
                "t.yaml:17:105: error: the watermark 'eee' is given twice",
            ])
    }

    @Test("Fn::GetAtt of a Name is the name as it was given")
    func names() throws {
        let outputs = """
            Outputs:
              A: {Value: !GetAtt Recipe.Name}
              B: {Value: !Sub '${Infra.Name} ${Pipeline.Name}'}

            """
        let found = try resolved(Self.template("", before: outputs))
        #expect(found.outputs.map(\.value) == ["My Recipe", "infra pipeline"])
    }

    @Test("An image that a pipeline makes is built as the pipeline is")
    func driven() throws {
        func image(_ deployment: String, _ more: String = "") -> String {
            Self.template(
                """
                Image:
                  Type: AWS::ImageBuilder::Image
                  Properties:
                    ImagePipelineExecutionSettings: {DeploymentId: \(deployment), OnUpdate: true}
                    Tags: {a: b}
                \(more)
                """)
        }
        let found = try resolved(image("!GetAtt Pipeline.DeploymentId"))
        #expect(found.warnings == [] && found.images == [])
        #expect(try found.pipeline("Image").logicalID == "Pipeline")
        #expect(try found.pipeline().logicalID == "Pipeline")
        #expect(
            Problems.template(image("00000000-0000-0000-0000-000000000000")) == [
                "t.yaml:18:54: warning: no pipeline of the template has the deployment "
                    + "'00000000-0000-0000-0000-000000000000' (!GetAtt PIPELINE.DeploymentId)"
            ])
        #expect(
            Problems.template(image("!GetAtt Pipeline.DeploymentId", "    ImageRecipeArn: !Ref Recipe")) == [
                "t.yaml:20:7: error: Image (AWS::ImageBuilder::Image) has 'ImageRecipeArn' and "
                    + "'ImagePipelineExecutionSettings' (the pipeline has it)"
            ])
    }

    @Test("Two pipelines have two deployments")
    func deployments() throws {
        let found = try resolved(
            Self.template(
                """
                Other:
                  Type: AWS::ImageBuilder::ImagePipeline
                  Properties: {Name: other, ImageRecipeArn: !Ref Recipe, InfrastructureConfigurationArn: !Ref Infra}
                Image:
                  Type: AWS::ImageBuilder::Image
                  Properties: {ImagePipelineExecutionSettings: {DeploymentId: !GetAtt Other.DeploymentId}}
                """))
        #expect(found.drivenImages == ["Image": "Other"])
    }

    @Test("A value that is not known yet is not counted as missing")
    func unknown() throws {
        let document =
            #"'{"schemaVersion": "1.0", "parameters": [{"Url": {"type": "string"}}], "phases": [{"name": "build", "steps": [{"name": "a", "action": "Reboot"}]}]}'"#
        let text = Self.template(
            """
            Component:
              Type: AWS::ImageBuilder::Component
              Properties: {Name: tool, Version: 1.0.0, Platform: Linux, Data: \(document)}
            Given:
              Type: AWS::ImageBuilder::ImageRecipe
              Properties:
                Name: given
                Version: 1.0.0
                ParentImage: ami-12345678
                Components: [{ComponentArn: !Ref Component, Parameters: [{Name: Url, Value: [!Ref Url]}]}]
            """, before: "Parameters: {Url: {Type: String}}\n")
        var context = TemplateContext()
        context.allowsMissingParameters = true
        #expect(
            Problems.template(text, context) == [
                "t.yaml:1:14: warning: the parameter 'Url' has no value (give it with --parameter Url=VALUE, or a Default)"
            ])
        context.parameters = ["Url": "https://example.com"]
        #expect(
            try resolved(text, context).recipes.last?.components.first?.parameters == ["Url": ["https://example.com"]])
    }

    @Test("IDs of other resources have the form of their type")
    func identifiers() throws {
        let found = try resolved(
            Self.template(
                """
                Template: {Type: AWS::EC2::LaunchTemplate}
                Key: {Type: AWS::KMS::Key}
                Group: {Type: AWS::EC2::SecurityGroup}
                """, before: "Outputs: {A: {Value: !Ref Template}, B: {Value: !Ref Key}, C: {Value: !Ref Group}}\n"))
        let values = found.outputs.map(\.value)
        #expect(values[0].wholeMatch(of: /lt-[0-9a-f]{17}/) != nil, "\(values)")
        #expect(
            values[1].wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}/) != nil,
            "\(values)")
        #expect(values[2].wholeMatch(of: /sg-[0-9a-f]{17}/) != nil, "\(values)")
    }

    @Test("aws-cdk's spelling in an AMI's configuration is read, and told")
    func spelling() throws {
        let text = Self.template(
            """
            Distribution:
              Type: AWS::ImageBuilder::DistributionConfiguration
              Properties:
                Name: distribution
                Distributions:
                  - Region: eu-west-1
                    AmiDistributionConfiguration:
                      amiTags: {camelCase: stays}
                      launchPermissionConfiguration: {userIds: ['123456789012']}
            """)
        let ami = try resolved(text).distributions.first?.distributions.first?.ami
        #expect(ami?.tags == ["camelCase": "stays"])
        #expect(ami?.launchPermission?.userIDs == ["123456789012"])
        #expect(
            Problems.template(text) == [
                "t.yaml:22:13: warning: CloudFormation spells 'amiTags' as 'AmiTags'",
                "t.yaml:23:13: warning: CloudFormation spells 'launchPermissionConfiguration' as "
                    + "'LaunchPermissionConfiguration'",
                "t.yaml:23:45: warning: CloudFormation spells 'userIds' as 'UserIds'",
            ])
    }

    @Test("What another stack exports comes from the settings; a validation goes on without")
    func exports() throws {
        let outputs = "Outputs: {A: {Value: !ImportValue {'Fn::Sub': 'net-${AWS::Region}'}}}\n"
        let text = Self.template("", before: outputs)
        var context = TemplateContext()
        let problem =
            "the export 'net-us-east-1' of another stack is not known here "
            + "(give it in kiln.yaml: exports: {net-us-east-1: VALUE})"
        #expect(Problems.template(text, context) == ["t.yaml:1:22: error: \(problem)"])
        context.allowsMissingParameters = true
        #expect(Problems.template(text, context) == ["t.yaml:1:22: warning: \(problem)"])
        context.allowsMissingParameters = false
        context.exports = ["net-us-east-1": "subnet-1"]
        #expect(try resolved(text, context).outputs.map(\.value) == ["subnet-1"])
        let settings = KilnSettings([try KilnSettings.Layer.parse(text: "exports: {a: b}\n", file: "kiln.yaml")])
        #expect(settings.exports == ["a": "b"])
    }

    @Test("Globals are the serverless transform's")
    func globals() {
        let globals = "Globals: {Function: {Timeout: 3}}\n"
        #expect(
            Problems.template(Self.template("", before: "Transform: AWS::Serverless-2016-10-31\n" + globals)) == [
                "t.yaml:1:1: warning: 'Transform' is not used by Kiln yet"
            ])
        #expect(Problems.template(Self.template("", before: globals)).first?.contains("unknown key 'Globals'") == true)
    }

    @Test("A parameter of a component may list its values; one diagnostic is one line")
    func components() {
        let text = """
            schemaVersion: 1.0
            parameters: [{Kind: {type: string, default: a, allowedValues: [a, b]}}]
            phases:
              - name: build
                steps:
                  - name: S
                    action: ExecuteBash
                    loop: {forEach: {list: "a", delimiter: "x\\ny\\t"}}
                    inputs: {commands: ['echo {{ Kind }} {{ loop.value }}']}
            """
        let problems = Problems.component(text)
        #expect(problems.count == 1 && problems[0].contains(#"cannot be 'x\ny\t' (one of"#), "\(problems)")
    }

    @Test("A document in S3 is told where it is named")
    func unreachable() {
        let text = Self.template(
            """
            Component:
              Type: AWS::ImageBuilder::Component
              Properties: {Name: tool, Version: 1.0.0, Platform: Linux, Uri: s3://bucket/c.yaml}
            """)
        let context = TemplateContext(loadComponent: { _ in
            throw TemplateContext.UnreachableDocument(hint: "save it beside the template")
        })
        #expect(
            Problems.template(text, context) == [
                "t.yaml:17:68: error: the document 's3://bucket/c.yaml' is not on this machine (save it beside the template)"
            ])
    }
}
