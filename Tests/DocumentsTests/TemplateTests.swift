import Documents
import Testing

@Suite("Templates")
struct TemplateTests {
    /// A component at line 2, with more properties from line 6 on.
    private static func component(_ properties: String) -> String {
        """
        Resources:
          Tool:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: tool
        \(properties.split(separator: "\n", omittingEmptySubsequences: false).map { "      " + $0 }.joined(separator: "\n"))
        """
    }

    private static let data =
        #"Data: '{"schemaVersion": "1.0", "phases": [{"name": "build", "steps": [{"name": "a", "action": "Reboot"}]}]}'"#

    static let sections = [
        Case(
            "no resources", "Description: x\n",
            "t.yaml:1:1: error: the template needs 'Resources'"),
        Case(
            "unknown and wrong sections", "AWSTemplateFormatVersion: 2011-09-09\nResource: {}\nResources: []\n",
            "t.yaml:1:27: error: the template format version is '2011-09-09' (expected 2010-09-09)",
            "t.yaml:2:1: error: unknown key 'Resource' in the template (did you mean 'Resources'?)",
            "t.yaml:3:12: error: 'Resources' of the template must be a mapping, found a list"),
        Case(
            "resources without what they need",
            "Resources:\n  One: {}\n  Two: {Type: x}\n  Bad_Name: {Type: AWS::S3::Bucket}\n  Three: {Type: AWS::S3::Bucket, Propertys: {}}\n",
            "t.yaml:2:8: error: the resource 'One' needs 'Type'",
            "t.yaml:3:15: error: 'x' is not a resource type (such as AWS::ImageBuilder::Component)",
            "t.yaml:4:3: error: 'Bad_Name' cannot be a name in 'Resources' (letters and digits only)",
            "t.yaml:5:34: error: unknown key 'Propertys' in the resource 'Three' (did you mean 'Properties'?)"),
        Case(
            "unknown types",
            "Resources:\n  A: {Type: AWS::ImageBuilder::Compnent}\n  B: {Type: AWS::ImageBuilder::ContainerRecipe}\n  C: {Type: AWS::ImageBuilders::Component}\n",
            "t.yaml:2:13: error: unknown resource type 'AWS::ImageBuilder::Compnent' "
                + "(did you mean 'AWS::ImageBuilder::Component'?)",
            "t.yaml:3:13: warning: container images are not built by Kiln",
            "t.yaml:4:13: warning: 'AWS::ImageBuilders::Component' is passed over "
                + "(did you mean 'AWS::ImageBuilder::Component'?)"),
        Case(
            "rings and missing dependencies",
            """
            Resources:
              A: {Type: AWS::S3::Bucket, DependsOn: B}
              B: {Type: AWS::S3::Bucket, Properties: {Tags: [!Ref C]}}
              C: {Type: AWS::S3::Bucket, DependsOn: [A, D]}
            """,
            "t.yaml:4:42: error: resources depend on each other in a ring: A → B → C → A",
            "t.yaml:4:45: error: DependsOn refers to 'D', which is not a resource of the template"),
        Case(
            "a resource that refers to itself by its name",
            component("Version: 1.0.0\nPlatform: Linux\nDescription: !Ref Tool\n\(data)"),
            "t.yaml:8:20: error: resources depend on each other in a ring: Tool → Tool"),
        Case(
            "wrong parameters",
            """
            Parameters:
              A: {Type: Strng}
              B: {Type: Number, Default: x}
              C: {Type: String, Default: abc, AllowedValues: [x, y], MaxLength: 2}
              D: {Type: String, Default: abc, AllowedPattern: '[0-9]+', ConstraintDescription: digits only}
              E: {Default: x, MinLength: 3, MaxLength: 1, Defalt: y}
              F: {Type: Number, MaxValue: 3, Default: 4}
              G: {Type: String, MinValue: two, Default: x}
              H: {Type: List<Number>, Default: '1,x'}
            Resources: {A1: {Type: AWS::S3::Bucket}}
            """,
            "t.yaml:2:3: error: the parameter 'A' has no value (give it with --parameter A=VALUE, or a Default)",
            "t.yaml:2:13: error: unknown type 'Strng' of the parameter 'A' (did you mean 'String'?)",
            "t.yaml:3:3: error: the value 'x' of the parameter 'B' is not a number",
            "t.yaml:4:3: error: the value 'abc' of the parameter 'C' has 3 characters, out of its bounds",
            "t.yaml:4:3: error: the value 'abc' of the parameter 'C' is not one of x, y",
            "t.yaml:5:3: error: the value 'abc' of the parameter 'D' does not match [0-9]+ (digits only)",
            "t.yaml:6:6: error: the parameter 'E' needs 'Type'",
            "t.yaml:6:6: error: the bounds of the parameter 'E' exclude every value",
            "t.yaml:6:47: error: unknown key 'Defalt' in the parameter 'E' (did you mean 'Default'?)",
            "t.yaml:7:3: error: the value '4' of the parameter 'F' is out of its bounds",
            "t.yaml:8:31: error: 'MinValue' of the parameter 'G' must be a number, found the text 'two'",
            "t.yaml:9:3: error: the value 'x' of the parameter 'H' is not a number"),
        Case(
            "wrong mappings",
            "Mappings:\n  A: x\n  B: {c: y}\n  D: {e: {f: {g: h}}}\nResources: {A1: {Type: AWS::S3::Bucket}}\n",
            "t.yaml:2:6: error: the mapping 'A' must be a mapping, found the text 'x'",
            "t.yaml:3:10: error: 'c' of the mapping 'B' must be a mapping, found the text 'y'",
            "t.yaml:4:14: error: 'f' of 'e' of the mapping 'D' must be a text or a list of texts, found a mapping"),
    ]

    static let components = [
        Case(
            "a component without anything", "Resources:\n  Tool:\n    Type: AWS::ImageBuilder::Component\n",
            "t.yaml:2:3: error: Tool (AWS::ImageBuilder::Component) needs 'Name'",
            "t.yaml:2:3: error: Tool (AWS::ImageBuilder::Component) needs 'Version'",
            "t.yaml:2:3: error: Tool (AWS::ImageBuilder::Component) needs 'Platform'",
            "t.yaml:2:3: error: Tool (AWS::ImageBuilder::Component) needs 'Data' or 'Uri'"),
        Case(
            "wrong values",
            component(
                "Version: '1.0'\nPlatform: linux\nDescripton: x\nArn: x\nTags: [a]\nSupportedOsVersions: Debian\nDescription: ''\n\(data)"
            ),
            "t.yaml:6:16: error: '1.0' is not a version of Tool (AWS::ImageBuilder::Component) "
                + "(expected three numbers: 1.0.0)",
            "t.yaml:7:17: error: 'Platform' of Tool (AWS::ImageBuilder::Component) must be Linux, Windows or macOS, "
                + "found 'linux' (did you mean 'Linux'?)",
            "t.yaml:8:7: error: unknown key 'Descripton' in Tool (AWS::ImageBuilder::Component) "
                + "(did you mean 'Description'?)",
            "t.yaml:9:7: error: 'Arn' of Tool (AWS::ImageBuilder::Component) is set by AWS, not by a template",
            "t.yaml:10:13: error: 'Tags' of Tool (AWS::ImageBuilder::Component) must be a mapping, found a list",
            "t.yaml:11:28: error: 'SupportedOsVersions' of Tool (AWS::ImageBuilder::Component) must be a list, "
                + "found the text 'Debian'",
            "t.yaml:12:20: error: 'Description' of Tool (AWS::ImageBuilder::Component) must have 1 to 1024 characters, "
                + "found 0"),
        Case(
            "another platform", component("Version: 1.0.0\nPlatform: Windows\n\(data)"),
            "t.yaml:7:17: error: components for Windows are not yet run by Kiln"),
        Case(
            "a value that is nothing", component("Version: 1.0.0\nPlatform: Linux\nDescription:\n\(data)"),
            "t.yaml:8:7: error: 'Description' of Tool (AWS::ImageBuilder::Component) has no value"),
        Case(
            "data as a mapping", component("Version: 1.0.0\nPlatform: Linux\nData: {schemaVersion: 1.0}"),
            "t.yaml:8:13: error: 'Data' of Tool (AWS::ImageBuilder::Component) must be a text, found a mapping "
                + "(write 'Data: |' with the document below it)"),
        Case(
            "data and a URI", component("Version: 1.0.0\nPlatform: Linux\nUri: s3://a/b\n\(data)"),
            "t.yaml:8:12: error: Tool (AWS::ImageBuilder::Component) has both 'Data' and 'Uri' (keep one)"),
        Case(
            "a URI that cannot be fetched", component("Version: 1.0.0\nPlatform: Linux\nUri: s3://a/b"),
            "t.yaml:8:12: error: the document 's3://a/b' cannot be fetched from here"),
        Case(
            "mistakes in the lines of a literal block",
            component(
                """
                Version: 1.0.0
                Platform: Linux
                Data: |

                  schemaVersion: 1.0
                  phases:
                    - name: build
                      steps:
                        - name: a
                          action: ExecutBash
                        - name: b
                          action: ExecuteBash
                          inputs:
                            commands:
                              - |
                                echo ok
                                echo {{ Nothing }}
                """),
            "t.yaml:15:25: error: unknown action 'ExecutBash' (did you mean 'ExecuteBash'?)",
            "t.yaml:22:28: error: 'Nothing' is neither a parameter nor a constant of the component"),
        Case(
            "a syntax error in a literal block",
            component("Version: 1.0.0\nPlatform: Linux\nData: |\n  schemaVersion: 1.0\n  phases: [\n"),
            "t.yaml:11:9: error: YAML syntax: did not find expected node content "
                + "while parsing a flow node that starts at line 11"),
        Case(
            "mistakes in a block that is computed line by line",
            component(
                "Version: 1.0.0\nPlatform: Linux\nData: !Sub |\n  # ${AWS::Region}\n  schemaVersion: 3.0\n  phases: []\n"
            ),
            "t.yaml:10:24: error: the schema version is '3.0' (expected 1.0)",
            "t.yaml:11:9: error: the component has no phase"),
        Case(
            "mistakes in escaped data",
            component(#"Version: 1.0.0\#nPlatform: Linux\#nData: "schemaVersion: 3.0\nphases: []""#),
            "t.yaml:8:13: error: line 1, column 16 of 'Data': the schema version is '3.0' (expected 1.0)",
            "t.yaml:8:13: error: line 2, column 1 of 'Data': the component has no phase"),
        Case(
            "data longer than AWS takes",
            component(
                "Version: 1.0.0\nPlatform: Linux\n\(data.replacing("build\"", with: "build\", \"steps2\": \"" + String(repeating: "x", count: 16_000) + "\""))"
            ),
            "t.yaml:8:13: error: 'Data' of Tool (AWS::ImageBuilder::Component) has 16115 characters; AWS takes 16000 "
                + "(put the document into a file and name it with 'Uri')",
            "t.yaml:8:13: error: line 1, column 55 of 'Data': unknown key 'steps2' in the phase (did you mean 'steps'?)"
        ),
    ]

    @Test("are told what is wrong with their sections", arguments: sections)
    func sectionProblems(_ test: Case) {
        #expect(Problems.template(test.text) == test.expected)
    }

    @Test("are told what is wrong with their components", arguments: components)
    func componentProblems(_ test: Case) {
        #expect(Problems.template(test.text) == test.expected)
    }

    @Test("without values for their parameters can be validated all the same")
    func missingParameters() {
        let text = "Parameters: {V: {Type: String}}\n" + Self.component("Version: !Ref V\nPlatform: Linx\n\(Self.data)")
        var set = DocumentSet()
        set.add(text: text, file: "t.yaml")
        #expect(
            set.validate().map(\.description) == [
                "t.yaml:1:14: warning: the parameter 'V' has no value (give it with --parameter V=VALUE, or a Default)",
                "t.yaml:8:17: error: 'Platform' of Tool (AWS::ImageBuilder::Component) must be Linux, Windows or macOS, "
                    + "found 'Linx' (did you mean 'Linux'?)",
            ])
    }

    @Test("are told of parameters they do not have, and of an account that is none")
    func context() {
        let context = TemplateContext(parameters: ["Verion": "1"], accountID: "1")
        let text = "Parameters: {Version: {Type: String, Default: 1.0.0}}\nResources: {A: {Type: AWS::S3::Bucket}}\n"
        #expect(
            Problems.template(text, context) == [
                "t.yaml:1:1: error: the account '1' is not an account ID of 12 digits",
                "t.yaml:1:1: error: the template has no parameter 'Verion' (did you mean 'Version'?)",
            ])
    }

    @Test("never show the values of NoEcho parameters")
    func secrets() throws {
        let text = """
            Parameters:
              Password: {Type: String, NoEcho: true, MaxLength: 3}
              Other: {Type: String, NoEcho: true, Default: quiet}
            Resources:
              Infra:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties:
                  Name: !Sub 'x ${Password}!'
                  InstanceProfileName: !Ref Other
                  TerminateInstanceOnFailure: !Ref Password
            """
        let context = TemplateContext(parameters: ["Password": "hush-hush"])
        let problems = Problems.template(text, context)
        #expect(problems.count == 3)
        #expect(!problems.contains { $0.contains("hush") || $0.contains("quiet") })
        #expect(problems.contains { $0.contains("'x ****!' cannot be the name") })

        var short = context
        short.parameters["Password"] = "abc"
        let plain = text.split(separator: "\n").dropLast().joined(separator: "\n").replacing("!'", with: "'")
        let template = try Template.parse(text: plain, file: "t.yaml").resolve(short)
        #expect(template.secrets == ["abc", "quiet"])
        #expect(template.redacted("say abc quietly") == "say **** ****ly")
        // A default is no less a secret where another value stands in for it.
        short.parameters["Other"] = "loud"
        let other = try Template.parse(text: plain, file: "t.yaml").resolve(short)
        #expect(other.secrets == ["abc", "loud", "quiet"])
    }

    @Test("leave out the resources whose condition does not hold")
    func conditions() throws {
        let text = """
            Parameters: {Kind: {Type: String, Default: a}}
            Conditions: {IsB: !Equals [!Ref Kind, b]}
            Resources:
              Infra:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Condition: IsB
                Properties: {Name: infra, InstanceProfileName: profile}
            """
        let template = try Template.parse(text: text, file: "t.yaml")
        #expect(try template.resolve().infrastructures == [])
        #expect(
            try template.resolve(TemplateContext(parameters: ["Kind": "b"])).infrastructures.map(\.name) == ["infra"])
    }

    @Test("load component documents that are not inline")
    func loading() throws {
        let text = Self.component("Version: 1.0.0\nPlatform: Linux\nUri: tool.yaml")
        struct Missing: Error, CustomStringConvertible { let description = "no such file" }
        let context = { (document: String?) in
            TemplateContext(loadComponent: { uri in
                guard let document else { throw Missing() }
                return .init(text: document, file: "dir/\(uri)")
            })
        }
        let good = "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: a, action: Reboot}]}]\n"
        let template = try Template.parse(text: text, file: "t.yaml")
        #expect(try template.resolve(context(good)).component("Tool")?.document.source == good)
        #expect(
            Problems.template(text, context("phases: []\n")) == [
                "dir/tool.yaml:1:1: error: the component needs 'schemaVersion'",
                "dir/tool.yaml:1:1: error: the component has no phase",
            ])
        #expect(
            Problems.template(text, context(nil))
                == ["t.yaml:8:12: error: the document 'tool.yaml' cannot be read: no such file"])
    }

    @Test("as JSON have places too")
    func json() throws {
        let text = try Fixture.text("templates/minimal.json")
        let template = try Template.parse(text: text, file: "t.json").resolve()
        #expect(template.recipes.map(\.name) == ["minimal"])
        #expect(template.recipes.first?.components.count == 1)
        let broken = text.replacing("\"ParentImage\"", with: "\"ParentImag\"")
        #expect(
            Problems.template(broken) == [
                "t.yaml:18:21: error: Recipe (AWS::ImageBuilder::ImageRecipe) needs 'ParentImage'",
                "t.yaml:21:9: error: unknown key 'ParentImag' in Recipe (AWS::ImageBuilder::ImageRecipe) "
                    + "(did you mean 'ParentImage'?)",
            ])
    }
}
