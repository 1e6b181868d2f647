import Documents
import Testing

@Suite("Image Builder resources")
struct ResourceTests {
    /// A template with two versions of a component, an infrastructure, and what a test adds from line 27 on.
    private static func template(_ rest: String) -> String {
        let data =
            #"'{"schemaVersion": "1.0", "parameters": [{"Size": {"type": "string"}}, {"Kind": {"type": "string", "default": "a"}}], "phases": [{"name": "build", "steps": [{"name": "a", "action": "Reboot"}]}]}'"#
        return """
            Resources:
              Old:
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: My Tool
                  Version: 1.2.3
                  Platform: Linux
                  Data: \(data)
              New:
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: My Tool
                  Version: 1.10.0
                  Platform: Linux
                  Data: \(data)
              Infra:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties:
                  Name: infra
                  InstanceProfileName: profile
              Recipe:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties:
                  Name: recipe
                  Version: 1.0.0
                  ParentImage: ami-12345678
            \(rest.split(separator: "\n", omittingEmptySubsequences: false).map { "      " + $0 }.joined(separator: "\n"))
            """
    }

    private static func more(_ resources: String) -> String {
        template("") + "\n"
            + resources.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(
                separator: "\n")
    }

    private static let subject = "Recipe (AWS::ImageBuilder::ImageRecipe)"

    static let recipes = [
        Case(
            "a component that is nowhere",
            template(
                "Components:\n  - ComponentArn: arn:aws:imagebuilder:us-east-1:000000000000:component/my-tol/1.0.0\n  - ComponentArn: !Sub arn:aws:imagebuilder:${AWS::Region}:aws:component/update-linux/x.x.x"
            ),
            "t.yaml:28:25: error: the component 'arn:aws:imagebuilder:us-east-1:000000000000:component/my-tol/1.0.0' is "
                + "neither in the template nor on this machine (did you mean 'my-tool'?)"),
        Case(
            "a version of a component that is not there",
            template(
                "Components:\n  - ComponentArn: arn:aws:imagebuilder:us-east-1:000000000000:component/my-tool/2.x.x"),
            "t.yaml:28:25: error: the component 'arn:aws:imagebuilder:us-east-1:000000000000:component/my-tool/2.x.x' is "
                + "neither in the template nor on this machine "
                + "(the template's is arn:aws:imagebuilder:us-east-1:000000000000:component/my-tool/1.10.0/1)"),
        Case(
            "what is no component",
            template("Components:\n  - ComponentArn: !Ref Infra\n  - ComponentArn: tool\n  - Component: x"),
            "t.yaml:28:25: error: 'arn:aws:imagebuilder:us-east-1:000000000000:infrastructure-configuration/infra' names "
                + "an infrastructure configuration, expected a component",
            "t.yaml:29:25: error: 'tool' is not an ARN: expected arn:PARTITION:imagebuilder:REGION:ACCOUNT:TYPE/NAME",
            "t.yaml:30:11: error: the component of the recipe needs 'ComponentArn'",
            "t.yaml:30:11: error: unknown key 'Component' in the component of the recipe (did you mean 'ComponentArn'?)"
        ),
        Case(
            "wrong component parameters",
            template(
                """
                Components:
                  - ComponentArn: !Ref New
                    Parameters:
                      - {Name: Kinds, Value: [a]}
                      - {Name: Kind, Value: [a, b]}
                      - {Name: Kind, Value: a}
                """),
            "t.yaml:28:25: error: the parameter 'Size' of the component 'my-tool' has no default and is not given "
                + "(add it to the component's parameters in the recipe)",
            "t.yaml:30:22: error: the component 'my-tool' has no parameter 'Kinds' (did you mean 'Kind'?)",
            "t.yaml:31:22: error: the parameter 'Kind' takes one value, found 2",
            "t.yaml:32:35: error: 'Value' of the component parameter must be a list, found the text 'a'"),
        Case(
            "wrong devices and instance settings",
            template(
                """
                BlockDeviceMappings:
                  - DeviceName: /dev/xvda
                    Ebs: {VolumeSize: 0, VolumeType: gp4, Encrypted: maybe, Size: 3}
                AdditionalInstanceConfiguration:
                  UserDataOverride: '#!/bin/sh'
                  SystemsManagerAgent: {UninstallAfterBuild: 'true'}
                AmiTags: {a: [b]}
                WorkingDirectory: ''
                """),
            "t.yaml:29:29: error: 'VolumeSize' of 'Ebs' of the block device mapping must be from 1 to 16000, found 0",
            "t.yaml:29:44: error: 'VolumeType' of 'Ebs' of the block device mapping must be standard, io1, io2, gp2, gp3, "
                + "sc1 or st1, found 'gp4' (did you mean 'gp2'?)",
            "t.yaml:29:60: error: 'Encrypted' of 'Ebs' of the block device mapping must be true or false, "
                + "found the text 'maybe'",
            "t.yaml:29:67: error: unknown key 'Size' in 'Ebs' of the block device mapping "
                + "(expected DeleteOnTermination, Encrypted, Iops, KmsKeyId, SnapshotId, Throughput, VolumeSize or "
                + "VolumeType)",
            "t.yaml:31:27: error: 'UserDataOverride' is not base64 (write it with Fn::Base64)",
            "t.yaml:33:20: error: 'a' of 'AmiTags' must be a text, found a list",
            "t.yaml:34:25: error: 'WorkingDirectory' of \(subject) must have 1 to 1024 characters, found 0"),
        Case(
            "two resources of one name",
            more(
                "Again:\n  Type: AWS::ImageBuilder::InfrastructureConfiguration\n  Properties: {Name: infra, InstanceProfileName: p}"
            ),
            "t.yaml:28:3: error: Again has the same name and version as Infra (that one is on line 16)"),
    ]

    static let parents = [
        ("ami-xyz", "error: 'ami-xyz' is not an AMI ID: expected ami- and 8 or 17 hex digits"),
        (
            "a b",
            "error: 'a b' is no parent image: expected an image ARN, an AMI ID, ssm:NAME, or the name of a local image"
        ),
        (
            "arn:aws:imagebuilder:us-east-1:aws:component/x/x.x.x",
            "error: 'arn:aws:imagebuilder:us-east-1:aws:component/x/x.x.x' names a component, expected an image"
        ),
        (
            "debian-12",
            "warning: the parent 'debian-12' is a local image's name, which AWS does not know "
                + "(an image ARN, an AMI ID or ssm:NAME deploys as well)"
        ),
    ]

    static let others = [
        Case(
            "a wrong infrastructure",
            more(
                """
                I:
                  Type: AWS::ImageBuilder::InfrastructureConfiguration
                  Properties:
                    Name: '!'
                    InstanceMetadataOptions: {HttpTokens: always, HttpPutResponseHopLimit: 65}
                    Placement: {Tenancy: shared}
                    Logging: {S3Logs: {Bucket: b}}
                """),
            "t.yaml:31:7: error: I (AWS::ImageBuilder::InfrastructureConfiguration) needs 'InstanceProfileName'",
            "t.yaml:31:13: error: '!' cannot be the name of I (AWS::ImageBuilder::InfrastructureConfiguration) "
                + "(3 to 128 letters, digits, -, _ and inner blanks)",
            "t.yaml:32:45: error: 'HttpTokens' of 'InstanceMetadataOptions' of I "
                + "(AWS::ImageBuilder::InfrastructureConfiguration) must be required or optional, found 'always'",
            "t.yaml:32:78: error: 'HttpPutResponseHopLimit' of 'InstanceMetadataOptions' of I "
                + "(AWS::ImageBuilder::InfrastructureConfiguration) must be from 1 to 64, found 65",
            "t.yaml:33:28: error: 'Tenancy' of 'Placement' of I (AWS::ImageBuilder::InfrastructureConfiguration) must be "
                + "default, dedicated or host, found 'shared'",
            "t.yaml:34:26: error: unknown key 'Bucket' in 'S3Logs' of 'Logging' of I "
                + "(AWS::ImageBuilder::InfrastructureConfiguration) (expected S3BucketName or S3KeyPrefix)"),
        Case(
            "a wrong distribution",
            more(
                """
                D:
                  Type: AWS::ImageBuilder::DistributionConfiguration
                  Properties:
                    Name: dist
                    Distributions:
                      - Region: us-east
                        AmiDistributionConfiguration:
                          Name: 'a {{ imagebuilder:buildDat }}'
                          TargetAccountIds: [12, '123456789012']
                      - Region: eu-west-1
                        S3ExportConfiguration: {}
                        SsmParameterConfigurations: [{DataType: image}]
                      - Region: eu-west-1
                        ContainerDistributionConfiguration: {}
                """),
            "t.yaml:33:19: error: 'us-east' is not a region (such as us-east-1)",
            "t.yaml:35:19: error: '{{ imagebuilder:buildDat }}' is not known in the name of an AMI "
                + "(did you mean 'imagebuilder:buildDate'?)",
            "t.yaml:36:32: error: '12' is not an account ID of 12 digits",
            "t.yaml:38:11: error: CloudFormation has no 'S3ExportConfiguration' (write it as 'export' under "
                + "'Metadata: Kiln')",
            "t.yaml:39:40: error: the SSM parameter needs 'ParameterName'",
            "t.yaml:39:51: error: 'DataType' of the SSM parameter must be text or aws:ec2:image, found 'image'",
            "t.yaml:40:11: error: the region eu-west-1 is in two distributions",
            "t.yaml:41:11: error: container images are not built by Kiln"),
        Case(
            "a wrong pipeline",
            more(
                """
                P:
                  Type: AWS::ImageBuilder::ImagePipeline
                  Metadata: {Kiln: {cpu: 1}, Other: {x: 1}}
                  Properties:
                    Name: pipe
                    ImageRecipeArn: !Ref Infra
                    InfrastructureConfigurationArn: !GetAtt Infra.Arn
                    ImageTestsConfiguration: {TimeoutMinutes: 30}
                    Schedule: {ScheduleExpression: daily, AutoDisablePolicy: {}}
                    Status: On
                    ImageScanningConfiguration: {}
                """),
            "t.yaml:30:23: error: unknown key 'cpu' in 'Metadata: Kiln' (did you mean 'cpus'?)",
            "t.yaml:33:23: error: 'arn:aws:imagebuilder:us-east-1:000000000000:infrastructure-configuration/infra' names "
                + "an infrastructure configuration, expected an image recipe",
            "t.yaml:35:49: error: 'TimeoutMinutes' of 'ImageTestsConfiguration' of P (AWS::ImageBuilder::ImagePipeline) "
                + "must be from 60 to 1440, found 30",
            "t.yaml:36:38: error: 'daily' is not a schedule (cron(0 0 * * ? *) or rate(1 day))",
            "t.yaml:36:64: error: 'AutoDisablePolicy' of 'Schedule' of P (AWS::ImageBuilder::ImagePipeline) needs "
                + "'FailureCount'",
            "t.yaml:37:15: error: 'Status' of P (AWS::ImageBuilder::ImagePipeline) must be ENABLED or DISABLED, found 'On'",
            "t.yaml:38:7: warning: 'ImageScanningConfiguration' of P (AWS::ImageBuilder::ImagePipeline) is not used by Kiln yet"
        ),
        Case(
            "a wrong lifecycle policy",
            more(
                """
                L:
                  Type: AWS::ImageBuilder::LifecyclePolicy
                  Properties:
                    Name: old
                    ResourceType: AMI
                    PolicyDetails:
                      - {Action: {Type: DELETE, IncludeResources: {Snapshots: true, Ami: true}}, Filter: {Type: AGE, Value: 0}}
                      - {Action: {Type: DISABLE, IncludeResources: {Snapshots: true}}, Filter: {Type: COUNT, Value: 3}}
                      - Action: {Type: DISABLE}
                        Filter: {Type: AGE, Value: 3, Unit: DAYS, RetainAtLeast: 11}
                        ExclusionRules: {Amis: {SharedAccounts: [12], LastLaunched: {Value: 400}}}
                    ResourceSelection: {Recipes: [{Name: r, SemanticVersion: 1.0}], TagMap: {a: b}}
                """),
            "t.yaml:31:7: error: L (AWS::ImageBuilder::LifecyclePolicy) needs 'ExecutionRole'",
            "t.yaml:32:21: error: 'ResourceType' of L (AWS::ImageBuilder::LifecyclePolicy) must be AMI_IMAGE or "
                + "CONTAINER_IMAGE, found 'AMI'",
            "t.yaml:34:71: error: unknown key 'Ami' in 'IncludeResources' of 'Action' of the rule (did you mean 'Amis'?)",
            "t.yaml:34:92: error: a filter of the type AGE needs 'Unit' (DAYS, WEEKS, MONTHS or YEARS)",
            "t.yaml:34:111: error: 'Value' of 'Filter' of the rule must be from 1 to 1000, found 0",
            "t.yaml:35:11: error: a filter of the type COUNT is for the action DELETE only (use AGE)",
            "t.yaml:35:11: error: DISABLE can include AMIs only",
            "t.yaml:36:11: error: a second rule for DISABLE (one for each action)",
            "t.yaml:37:68: error: 'RetainAtLeast' of 'Filter' of the rule must be from 1 to 10, found 11",
            "t.yaml:38:52: error: '12' is not an account ID of 12 digits",
            "t.yaml:38:71: error: 'LastLaunched' of 'Amis' of 'ExclusionRules' of the rule needs 'Unit'",
            "t.yaml:38:79: error: 'Value' of 'LastLaunched' of 'Amis' of 'ExclusionRules' of the rule must be from 1 to "
                + "365, found 400",
            "t.yaml:39:26: error: 'ResourceSelection' of L (AWS::ImageBuilder::LifecyclePolicy) needs either 'Recipes' or "
                + "'TagMap'",
            "t.yaml:39:64: error: '1.0' is not a version of a recipe (such as 1.0.0 or 1.x.x)"),
        Case(
            "a right lifecycle policy",
            more(
                """
                L:
                  Type: AWS::ImageBuilder::LifecyclePolicy
                  Properties:
                    Name: old
                    ExecutionRole: role
                    ResourceType: AMI_IMAGE
                    PolicyDetails:
                      - Action: {Type: DELETE, IncludeResources: {Amis: true, Snapshots: true}}
                        Filter: {Type: AGE, Value: 6, Unit: MONTHS, RetainAtLeast: 2}
                        ExclusionRules:
                          TagMap: {keep: 'yes'}
                          Amis:
                            {IsPublic: true, Regions: [eu-west-1], SharedAccounts: ['123456789012'],
                             LastLaunched: {Value: 1, Unit: WEEKS}, TagMap: {a: b}}
                      - Action: {Type: DEPRECATE, IncludeResources: {Amis: true}}
                        Filter: {Type: AGE, Value: 3, Unit: MONTHS}
                    ResourceSelection: {Recipes: [{Name: recipe, SemanticVersion: 1.x.x}]}
                    Status: DISABLED
                    Tags: {team: images}
                """)),
    ]

    @Test("recipes are told what is wrong with them", arguments: recipes)
    func recipeProblems(_ test: Case) {
        #expect(Problems.template(test.text) == test.expected)
    }

    @Test("the other resources are told what is wrong with them", arguments: others)
    func otherProblems(_ test: Case) {
        #expect(Problems.template(test.text) == test.expected)
    }

    @Test("parents are checked", arguments: parents)
    func parentProblems(_ parent: String, _ expected: String) {
        let text = Self.template("").replacing("ami-12345678", with: "'\(parent)'")
        #expect(Problems.template(text) == ["t.yaml:26:20: \(expected)"])
    }

    @Test("a wildcard means the newest component of the template")
    func newest() throws {
        let text = Self.template(
            """
            Components:
              - ComponentArn: !Sub arn:${AWS::Partition}:imagebuilder:${AWS::Region}:${AWS::AccountId}:component/my-tool/x.x.x
                Parameters: [{Name: Size, Value: [1]}]
              - ComponentArn: !GetAtt Old.LatestVersion.Minor
                Parameters: [{Name: Size, Value: [2]}, {Name: Kind, Value: [b]}]
              - ComponentArn: arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x
            """)
        let recipe = try #require(try Template.parse(text: text, file: "t.yaml").resolve().recipes.first)
        guard case .template("New", _) = recipe.components[0].reference,
            case .template("Old", _) = recipe.components[1].reference,
            case .managed(let arn) = recipe.components[2].reference
        else {
            Issue.record("\(recipe.components.map(\.reference))")
            return
        }
        #expect(recipe.components[1].parameters == ["Size": ["2"], "Kind": ["b"]])
        #expect(arn.name == "update-linux")
        #expect(recipe.workingDirectory == "/tmp")
    }

    @Test("a recipe's version may be the next one")
    func nextVersion() throws {
        let text = Self.template("").replacing("Version: 1.0.0", with: "Version: 1.0.x")
        let template = try Template.parse(text: text, file: "t.yaml")
        #expect(try template.resolve().recipes[0].version == SemanticVersion(1, 0, 0))
        var context = TemplateContext()
        context.existingVersions = { $0.name == "recipe" ? [SemanticVersion(1, 0, 7), SemanticVersion(1, 1, 0)] : [] }
        let recipe = try template.resolve(context).recipes[0]
        #expect(recipe.version == SemanticVersion(1, 0, 8))
        #expect(recipe.arn.description == "arn:aws:imagebuilder:us-east-1:000000000000:image-recipe/recipe/1.0.8")
        #expect(
            Problems.template(Self.template("").replacing("Version: 1.2.3", with: "Version: 1.2.x")) == [
                "t.yaml:6:16: error: '1.2.x' is not a version of Old (AWS::ImageBuilder::Component) "
                    + "(expected three numbers: 1.0.0)"
            ])
    }

    @Test("what is known outside of the template is for the caller to say")
    func known() throws {
        let text = Self.template(
            """
            Components:
              - ComponentArn: arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x
              - ComponentArn: arn:aws:imagebuilder:us-east-1:000000000000:component/mine/1.0.0/1
            """)
        #expect(
            Problems.template(text, TemplateContext(isKnown: { $0.name == "mine" })) == [
                "t.yaml:28:25: error: the component 'arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x' is "
                    + "neither in the template nor on this machine (name its document under 'components' of kiln.yaml: "
                    + "aws imagebuilder get-component --component-build-version-arn "
                    + "arn:aws:imagebuilder:us-east-1:aws:component/update-linux/VERSION/1 --query component.data "
                    + "--output text > FILE)"
            ])
        let recipe = try Template.parse(text: text, file: "t.yaml")
            .resolve(TemplateContext(isKnown: { _ in true })).recipes[0]
        #expect(recipe.components.map(\.reference.arn.name) == ["update-linux", "mine"])
        guard case .registered = recipe.components[1].reference else {
            Issue.record("\(recipe.components[1].reference)")
            return
        }
    }

    @Test("a pipeline is found by its name, its ID, or as the only one")
    func pipelines() throws {
        let text = try Fixture.text("templates/minimal.json")
        let template = try Template.parse(text: text, file: "t.json").resolve()
        #expect(try template.pipeline().logicalID == "Pipeline")
        #expect(try template.pipeline("minimal").logicalID == "Pipeline")
        #expect(
            Problems.lines { () throws(DocumentFailure) in _ = try template.pipeline("Pipelin") }
                == ["t.json:1:1: error: the template has no pipeline 'Pipelin' (did you mean 'Pipeline'?)"])
        let none = try Template.parse(text: Self.template(""), file: "t.yaml").resolve()
        #expect(
            Problems.lines { () throws(DocumentFailure) in _ = try none.pipeline() } == [
                "t.yaml:1:1: error: the template has no pipeline "
                    + "(add a resource of type AWS::ImageBuilder::ImagePipeline)"
            ])
    }

    @Test("an image stands in for a pipeline")
    func image() throws {
        let text = Self.more(
            """
            Server:
              Type: AWS::ImageBuilder::Image
              Properties:
                ImageRecipeArn: !Ref Recipe
                InfrastructureConfigurationArn: !Ref Infra
                ImageTestsConfiguration: {ImageTestsEnabled: false}
                LoggingConfiguration: {LogGroupName: logs}
            Parameter:
              Type: AWS::SSM::Parameter
              Properties: {Type: String, Value: !GetAtt Server.ImageId}
            """)
        let template = try Template.parse(text: text, file: "t.yaml").resolve()
        #expect(template.warnings == [])
        let image = try template.pipeline()
        #expect(image.logicalID == "Server")
        #expect(image.name == "recipe")
        #expect(image.arn.description == "arn:aws:imagebuilder:us-east-1:000000000000:image/recipe/1.0.0/1")
        #expect(!image.testsEnabled)
        #expect(template.recipe(of: image)?.name == "recipe")
        #expect(
            Problems.template(text.replacing("LogGroupName: logs", with: "PipelineLogGroupName: logs")).count == 1)
    }

    @Test("the name of an AMI gets its variables")
    func amiName() throws {
        let ami = try #require(
            try Template.parse(text: Fixture.text("templates/nginx.yaml"), file: "t.yaml").resolve()
                .distributions[0].distributions[0].ami)
        #expect(
            ami.name(buildDate: "2024-05-01T10-00-00.000Z", buildVersion: "1.0.0/1")
                == "debian-nginx 2024-05-01T10-00-00.000Z")
    }
}
