import Documents
import Testing

@Suite("CloudFormation's functions")
struct IntrinsicTests {
    private static let template = """
        Parameters:
          Name: {Type: String, Default: web}
          Sizes: {Type: CommaDelimitedList, Default: 'a, b,c'}
          Count: {Type: Number, Default: 3}
          Image: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /debian/12}
          Images: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /images}
        Mappings:
          Regions:
            us-east-1: {Zone: east, Zones: [a, b]}
            eu-west-1: {Zone: west, Zones: [c]}
        Conditions:
          IsWeb: !Equals [!Ref Name, web]
          IsDB: !Equals [!Ref Name, db]
          NotDB: !Not [!Condition IsDB]
          Both: !And [!Condition IsWeb, !Condition IsDB]
          Either: !Or [!Condition IsWeb, !Condition IsDB]
        Resources:
          Bucket: {Type: AWS::S3::Bucket}
          Named: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'logs-${Name}'}}
          Role: {Type: AWS::IAM::Role}
          Tool:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: My Tool
              Version: 1.2.3
              Platform: Linux
              Data: '{"schemaVersion": "1.0", "phases": [{"name": "build", "steps": [{"name": "a", "action": "Reboot"}]}]}'
        Outputs:
          Value:
            Value: VALUE
        """

    @Test(
        "give their values",
        arguments: [
            ("!Ref Name", "web"), ("{Ref: Name}", "web"), ("!Ref Count", "3"), ("!Ref AWS::Region", "us-east-1"),
            ("!Ref AWS::AccountId", "123456789012"), ("!Ref AWS::Partition", "aws"), ("!Ref AWS::StackName", "lab"),
            ("!Ref AWS::URLSuffix", "amazonaws.com"), ("!Ref Bucket", "lab-bucket"), ("!Ref Named", "logs-web"),
            ("!Ref Tool", "arn:aws:imagebuilder:us-east-1:123456789012:component/my-tool/1.2.3/1"),
            ("!GetAtt Tool.Arn", "arn:aws:imagebuilder:us-east-1:123456789012:component/my-tool/1.2.3/1"),
            (
                "!GetAtt [Tool, LatestVersion.Minor]",
                "arn:aws:imagebuilder:us-east-1:123456789012:component/my-tool/1.2.x"
            ),
            ("{'Fn::GetAtt': [Role, Arn]}", "arn:aws:iam::123456789012:role/lab-role"),
            (
                "!Sub '${Name}-${AWS::Region}-${!Name}-${Tool.LatestVersion.Patch}-$x'",
                "web-us-east-1-${Name}-arn:aws:imagebuilder:us-east-1:123456789012:component/my-tool/1.2.3-$x"
            ),
            ("!Sub ['${Name}/${Own}', {Own: !Ref Count}]", "web/3"), ("!Sub '${ Name }'", "web"),
            ("!Sub '${unclosed'", "${unclosed"),
            ("!Join ['-', [a, !Ref Name, !Ref Count]]", "a-web-3"), ("!Join ['', !Ref Sizes]", "abc"),
            ("!Join [',', []]", ""), ("!Select [1, !Ref Sizes]", "b"), ("!Select ['0', [x, y]]", "x"),
            ("!Select [2, !Split ['.', 'a.b.c']]", "c"), ("!Join ['|', !Split [', ', 'a, b']]", "a|b"),
            ("!FindInMap [Regions, !Ref AWS::Region, Zone]", "east"),
            ("!Select [1, !FindInMap [Regions, us-east-1, Zones]]", "b"),
            ("!FindInMap [Regions, nowhere, Zone, {DefaultValue: none}]", "none"),
            ("!If [IsWeb, yes-web, no-web]", "yes-web"), ("!If [IsDB, a, !If [NotDB, b, c]]", "b"),
            ("!If [Both, a, b]", "b"), ("!If [Either, a, b]", "a"),
            ("!Join ['', [a, !If [IsDB, b, !Ref AWS::NoValue], c]]", "ac"),
            ("!Base64 héllo", "aMOpbGxv"), ("!Select [0, !GetAZs '']", "us-east-1a"),
            ("!Ref Image", "ami-12345678"), ("!Join ['+', !Ref Images]", "ssm:/images"),
        ])
    func values(_ expression: String, _ expected: String) throws {
        let text = Self.template.replacing("VALUE", with: expression)
        let context = TemplateContext(
            accountID: "123456789012", stackName: "lab", systemsManagerParameters: ["/debian/12": "ami-12345678"])
        let template = try Template.parse(text: text, file: "t.yaml").resolve(context)
        #expect(template.outputs.map(\.value) == [expected])
        #expect(template.warnings == [])
    }

    @Test(
        "that cannot be computed are told with their place",
        arguments: [
            (
                "!Ref Nam",
                "30:12: error: 'Nam' is neither a parameter nor a resource of the template (did you mean 'Name'?)"
            ),
            ("!Ref [a]", "30:12: error: Ref needs a name"),
            (
                "!GetAtt Toool.Arn",
                "30:12: error: Fn::GetAtt refers to 'Toool', which is not a resource of the template (did you mean 'Tool'?)"
            ),
            (
                "!GetAtt Tool.Arm",
                "30:12: error: AWS::ImageBuilder::Component has no attribute 'Arm' (did you mean 'Arn'?)"
            ),
            ("!GetAtt Tool", "30:12: error: Fn::GetAtt needs a resource and an attribute (as in !GetAtt Name.Arn)"),
            (
                "!Sub 'a ${Nam} b'",
                "30:20: error: 'Nam' is neither a parameter nor a resource of the template (did you mean 'Name'?)"
            ),
            (
                "!Sub 'a ${HOME} b'",
                "30:20: error: 'HOME' is neither a parameter nor a resource of the template (write ${!HOME} for a literal ${HOME})"
            ),
            ("!Sub '${Sizes}'", "30:18: error: Fn::Sub cannot put the list 'Sizes' into a text (use Fn::Join)"),
            ("!Sub {a: b}", "30:12: error: Fn::Sub needs a text, and perhaps a mapping of its variables"),
            ("!Join [',', a]", "30:12: error: Fn::Join needs a list, found the text 'a'"),
            ("!Join [',']", "30:12: error: Fn::Join needs a delimiter and a list"),
            ("!Join [',', [[a]]]", "30:25: error: Fn::Join needs texts in its list, found a list"),
            ("!Select [3, !Ref Sizes]", "30:12: error: Fn::Select asks for element 3 of a list of 3"),
            ("!Select [x, !Ref Sizes]", "30:12: error: Fn::Select needs an index and a list"),
            ("!Split ['', a]", "30:12: error: Fn::Split needs a delimiter and a text"),
            (
                "!FindInMap [Region, a, b]",
                "30:24: error: Fn::FindInMap names the mapping 'Region', which is not there (did you mean 'Regions'?)"
            ),
            (
                "!FindInMap [Regions, us-east-2, Zone]",
                "30:33: error: Fn::FindInMap finds no 'us-east-2' in the mapping 'Regions' (did you mean 'us-east-1'?)"
            ),
            (
                "!FindInMap [Regions, us-east-1, Zon]",
                "30:44: error: Fn::FindInMap finds no 'Zon' in the mapping 'Regions' (did you mean 'Zone'?)"
            ),
            ("!If [IsWb, a, b]", "30:17: error: 'IsWb' is not a condition of the template (did you mean 'IsWeb'?)"),
            ("!If [IsWeb, a]", "30:12: error: Fn::If needs a condition's name and two values"),
            ("!Equals [a]", "30:12: error: Fn::Equals needs two values"),
            (
                "!ImportValue x",
                "30:12: error: the export 'x' of another stack is not known here (give it in kiln.yaml: exports: {x: VALUE})"
            ),
            ("!Cidr [a, 1, 2]", "30:12: error: Fn::Cidr is not computed by Kiln yet"),
        ])
    func mistakes(_ expression: String, _ expected: String) {
        let text = Self.template.replacing("VALUE", with: expression)
        #expect(Problems.template(text) == ["t.yaml:" + expected])
    }

    @Test("conditions that are none, or depend on themselves, are told")
    func conditions() {
        let text = """
            Conditions:
              A: !Not [!Condition B]
              B: !Not [!Condition A]
              C: maybe
              D: !Join ['', [a]]
            Resources:
              R: {Type: AWS::S3::Bucket, Condition: E}
            """
        #expect(
            Problems.template(text) == [
                "t.yaml:3:12: error: the condition 'A' depends on itself",
                "t.yaml:4:6: error: a condition must be Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition, "
                    + "found the text 'maybe'",
                "t.yaml:5:6: error: Fn::Join is not a condition",
                "t.yaml:7:41: error: 'E' is not a condition of the template (expected A, B, C or D)",
            ])
    }
}
