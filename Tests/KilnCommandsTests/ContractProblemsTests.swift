import Documents
import Testing

@testable import KilnCommands

/// What the service's model refuses of a template that the rules of documents let pass.
@Suite struct ContractProblemsTests {
    private func problems(_ text: String, file: String = "t.yaml", parameters: [String: String] = [:]) throws
        -> [String]
    {
        var documents = DocumentSet()
        documents.add(text: text, file: file)
        var context = TemplateContext(parameters: parameters)
        context.isKnown = { _ in true }
        context.allowsMissingParameters = true
        return try TemplateApplication(documents, context).contractProblems().map(\.description)
    }

    private let template = """
        Parameters: {Role: {Type: String}}
        Resources:
          Distribution:
            Type: AWS::ImageBuilder::DistributionConfiguration
            Properties:
              Name: distribution
              Distributions:
                - Region: eu-west-1
                - Region: eu-central-1
                  LicenseConfigurationArns: [arn:aws:license-manager:eu-west-1:123456789012:license-configuration:lic-0123456789abcdef0123456789abcdef, none]
          Policy:
            Type: AWS::ImageBuilder::LifecyclePolicy
            Properties:
              Name: old
              ExecutionRole: !Ref Role
              ResourceType: AMI_IMAGE
              PolicyDetails: [{Action: {Type: DELETE}, Filter: {Type: COUNT, Value: 5}}]
              ResourceSelection: {TagMap: {team: images}}
        """

    @Test("Each is told where it is written; what hangs on a parameter without a value is not looked at")
    func places() throws {
        let first =
            "t.yaml:10:145: error: Distribution (AWS::ImageBuilder::DistributionConfiguration): The value supplied for "
            + "parameter 'distributions[1].licenseConfigurationArns[1]' is not valid."
        let found = try problems(template)
        #expect(found.count == 1 && found[0].hasPrefix(first), "\(found)")
        let both = try problems(template, parameters: ["Role": "a role"])
        #expect(
            both.count == 2 && both[1].hasPrefix("t.yaml:15:22: error: Policy (AWS::ImageBuilder::LifecyclePolicy): "))
        #expect(both[1].contains("'executionRole'"), "\(both)")
    }

    @Test("The inputs of the AWS CLI are held against it as they are")
    func inputs() throws {
        let input = """
            {"name": "infra", "instanceProfileName": "p",
             "snsTopicArn": "topic"}
            """
        let found = try problems(input, file: "i.json")
        #expect(found.count == 1 && found[0].hasPrefix("i.json:2:17: error: infra ("), "\(found)")
    }

    @Test("A member that is not there is told where it should be")
    func missing() throws {
        #expect(MemberPath("a[3].b").find(in: .string("x", at: .start(of: "f"))) == .start(of: "f"))
    }
}
