import Documents
import Failures
import Foundation
import HostSystem
import Store
import SystemPackage
import Testing

@testable import ImageBuilderAPI
@testable import KilnCommands

@Suite("Resources of kiln apply and of the API") struct SameResourcesTests {
    private static let component = """
        name: web
        schemaVersion: 1.0
        parameters:
          - Port: {type: string, default: "80", description: where it listens}
        phases:
          - name: build
            steps:
              - {name: s, action: ExecuteBash, inputs: {commands: ['echo {{ Port }}']}}

        """
    private static let workflow = "name: w\nschemaVersion: 1.0\nsteps: [{name: Wait, action: WaitForAction}]\n"

    /// As CloudFormation has them: what is a number or a flag may be a text.
    private static func template() -> String {
        func indented(_ text: String) -> String {
            text.split(separator: "\n").map { "        " + $0 }.joined(separator: "\n")
        }
        return """
            Resources:
              Component:
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: My_Web
                  Version: 1.2.3
                  Platform: Linux
                  Description: serves
                  ChangeDescription: first
                  SupportedOsVersions: [Debian 12]
                  Tags: {team: a}
                  Data: |
            \(indented(component))
              Workflow:
                Type: AWS::ImageBuilder::Workflow
                Properties:
                  Name: flow
                  Version: 1.0.0
                  Type: BUILD
                  Data: |
            \(indented(workflow))
              Recipe:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties:
                  Name: My Recipe
                  Version: 1.0.0
                  ParentImage: debian-12
                  WorkingDirectory: /tmp
                  Components:
                    - ComponentArn: !Ref Component
                      Parameters: [{Name: Port, Value: ["8080"]}]
                  BlockDeviceMappings:
                    - {DeviceName: /dev/xvda, Ebs: {VolumeSize: "8", DeleteOnTermination: "true", VolumeType: gp3}}
                  AmiTags: {CostCenter: "7"}
              Infra:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties:
                  Name: infra
                  InstanceProfileName: profile
                  InstanceTypes: [t3.small]
                  Logging: {S3Logs: {S3BucketName: logs, S3KeyPrefix: web}}
                  ResourceTags: {CostCenter: "7"}
              Distribution:
                Type: AWS::ImageBuilder::DistributionConfiguration
                Properties:
                  Name: here
                  Distributions:
                    - Region: us-east-1
                      AmiDistributionConfiguration:
                        Name: "web {{ imagebuilder:buildDate }}"
                        LaunchPermissionConfiguration: {UserIds: ["111122223333"]}
              Pipeline:
                Type: AWS::ImageBuilder::ImagePipeline
                Properties:
                  Name: line
                  ImageRecipeArn: !Ref Recipe
                  InfrastructureConfigurationArn: !Ref Infra
                  DistributionConfigurationArn: !Ref Distribution
                  Schedule: {ScheduleExpression: "cron(0 3 * * ? *)"}
                  ImageTestsConfiguration: {TimeoutMinutes: 60}
                  Status: DISABLED
                  Tags: {team: a}
              Policy:
                Type: AWS::ImageBuilder::LifecyclePolicy
                Properties:
                  Name: old
                  ExecutionRole: arn:aws:iam::123456789012:role/r
                  ResourceType: AMI_IMAGE
                  ResourceSelection: {TagMap: {team: a}}
                  PolicyDetails:
                    - Action: {Type: DELETE, IncludeResources: {Amis: true}}
                      Filter: {Type: AGE, Value: 3, Unit: DAYS, RetainAtLeast: 1}

            """
    }

    private static func arn(_ rest: String) -> String { "arn:aws:imagebuilder:us-east-1:123456789012:\(rest)" }

    // The same, as a client of the API has it.
    private static let componentInput: JSONValue = [
        "name": "My_Web", "semanticVersion": "1.2.3", "platform": "Linux", "description": "serves",
        "changeDescription": "first", "supportedOsVersions": ["Debian 12"], "tags": ["team": "a"],
        "data": .string(component),
    ]
    private static let workflowInput: JSONValue = [
        "name": "flow", "semanticVersion": "1.0.0", "type": "BUILD", "data": .string(workflow),
    ]
    private static let imageRecipeInput: JSONValue = [
        "name": "My Recipe", "semanticVersion": "1.0.0", "parentImage": "debian-12", "workingDirectory": "/tmp",
        "components": [
            [
                "componentArn": .string(arn("component/my-web/1.2.3/1")),
                "parameters": [["name": "Port", "value": ["8080"]]],
            ]
        ],
        "blockDeviceMappings": [
            [
                "deviceName": "/dev/xvda",
                "ebs": ["volumeSize": 8, "deleteOnTermination": true, "volumeType": "gp3"],
            ]
        ],
        "amiTags": ["CostCenter": "7"],
    ]
    private static let infrastructureConfigurationInput: JSONValue = [
        "name": "infra", "instanceProfileName": "profile", "instanceTypes": ["t3.small"],
        "logging": ["s3Logs": ["s3BucketName": "logs", "s3KeyPrefix": "web"]],
        "resourceTags": ["CostCenter": "7"],
    ]
    private static let distributionConfigurationInput: JSONValue = [
        "name": "here",
        "distributions": [
            [
                "region": "us-east-1",
                "amiDistributionConfiguration": [
                    "name": "web {{ imagebuilder:buildDate }}",
                    "launchPermission": ["userIds": ["111122223333"]],
                ],
            ]
        ],
    ]
    private static let imagePipelineInput: JSONValue = [
        "name": "line", "imageRecipeArn": .string(arn("image-recipe/my-recipe/1.0.0")),
        "infrastructureConfigurationArn": .string(arn("infrastructure-configuration/infra")),
        "distributionConfigurationArn": .string(arn("distribution-configuration/here")),
        "schedule": ["scheduleExpression": "cron(0 3 * * ? *)"],
        "imageTestsConfiguration": ["timeoutMinutes": 60], "status": "DISABLED", "tags": ["team": "a"],
    ]
    private static let lifecyclePolicyInput: JSONValue = [
        "name": "old", "executionRole": "arn:aws:iam::123456789012:role/r", "resourceType": "AMI_IMAGE",
        "resourceSelection": ["tagMap": ["team": "a"]],
        "policyDetails": [
            [
                "action": ["type": "DELETE", "includeResources": ["amis": true]],
                "filter": ["type": "AGE", "value": 3, "unit": "DAYS", "retainAtLeast": 1],
            ]
        ],
    ]

    private static let requests: [(operation: String, arn: String, input: JSONValue)] = [
        ("CreateComponent", arn("component/my-web/1.2.3/1"), componentInput),
        ("CreateWorkflow", arn("workflow/build/flow/1.0.0/1"), workflowInput),
        ("CreateImageRecipe", arn("image-recipe/my-recipe/1.0.0"), imageRecipeInput),
        (
            "CreateInfrastructureConfiguration", arn("infrastructure-configuration/infra"),
            infrastructureConfigurationInput
        ),
        ("CreateDistributionConfiguration", arn("distribution-configuration/here"), distributionConfigurationInput),
        ("CreateImagePipeline", arn("image-pipeline/line"), imagePipelineInput),
        ("CreateLifecyclePolicy", arn("lifecycle-policy/old"), lifecyclePolicyInput),
    ]

    private func withStore(_ body: (KilnStore) async throws -> Void) async throws {
        let folder = FilePath("/tmp/kiln-same-\(UUID().uuidString.prefix(8))")
        defer { try? Folders.remove(folder) }
        try await KilnStore.using(folder.appending("kiln.db"), account: Account(), body)
    }

    private func ask(_ operation: String, _ input: JSONValue, _ store: KilnStore) async throws {
        let contract = Contract.current
        let known = try #require(contract.operations[operation])
        let handlers = Handlers(contract: contract, store: store, executions: store, documents: NoDocuments())
        let handler = try #require(handlers.table[operation])
        let whole = (input.members ?? [:]).merging(["clientToken": .string(operation)]) { $1 }
        let checked = try ShapeCheck(contract: contract).checked(.object(whole), known.input)
        _ = try await handler(Call(operation: known, input: checked, now: Date()))
    }

    @Test("of the same values are the same to the byte, whatever kind they are of")
    func same() async throws {
        try await withStore { applied in
            try await withStore { asked in
                var documents = DocumentSet()
                documents.add(text: Self.template(), file: "t.yaml")
                var context = TemplateContext(accountID: "123456789012")
                context.isKnown = { _ in true }
                let made = try await TemplateApplication(documents, context).apply(to: applied)
                #expect(made.map(\.arn) == Self.requests.map(\.arn))
                for (operation, arn, input) in Self.requests {
                    try await ask(operation, input, asked)
                    let (one, other) = (try #require(try await applied.resource(arn)), try await asked.resource(arn))
                    #expect(
                        String(decoding: one.document, as: UTF8.self)
                            == other.map { String(decoding: $0.document, as: UTF8.self) })
                    #expect(one.name == other?.name && one.tags == other?.tags && one.state == other?.state)
                    #expect(one.references == other?.references && one.workflowType == other?.workflowType)
                }
                // One that the API would refuse is refused, with its words.
                documents = DocumentSet()
                let wrong = Self.template().replacing("cron(0 3 * * ? *)", with: "cron(0 3 * * * * *)")
                documents.add(text: wrong, file: "t.yaml")
                let application = try TemplateApplication(documents, context)
                let failure = await #expect(throws: StoreFailure.self) { try await application.apply(to: applied) }
                #expect(failure?.message.hasPrefix("Pipeline: The value supplied for parameter 'schedule.") == true)
            }
        }
    }
}
