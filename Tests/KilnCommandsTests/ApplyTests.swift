import Documents
import Failures
import Foundation
import Glibc
import HostSystem
import Store
import SystemPackage
import Testing

@testable import KilnCommands

@Suite struct ApplyTests {
    /// A template whose parts the tests change.
    private func text(
        componentData: String = "echo one", recipeVersion: String = "1.0.0", parent: String = "ami-12345678",
        instanceTypes: String = "[t3.small]", status: String = "ENABLED", componentName: String = "My_Web"
    ) -> String {
        """
        Resources:
          Pipeline:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties:
              Name: web
              ImageRecipeArn: !Ref Recipe
              InfrastructureConfigurationArn: !GetAtt Infra.Arn
              Schedule: {ScheduleExpression: rate(1 days), AutoDisablePolicy: {FailureCount: "3"}}
              ImageTestsConfiguration: {ImageTestsEnabled: "false"}
              Status: \(status)
              Tags: {TeamName: web}
          Recipe:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: web
              Version: \(recipeVersion)
              ParentImage: \(parent)
              Components:
                - ComponentArn: !Ref Web
                  Parameters: [{Name: Port, Value: [8080]}]
              BlockDeviceMappings:
                - DeviceName: /dev/xvda
                  Ebs: {VolumeSize: 8, DeleteOnTermination: true, Encrypted: false}
          Web:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: \(componentName)
              Version: 1.2.3
              Platform: Linux
              Data: |
                schemaVersion: 1.0
                parameters:
                  - Port: {type: string, default: "80"}
                phases:
                  - name: build
                    steps:
                      - name: Say
                        action: ExecuteBash
                        inputs: {commands: ["\(componentData) {{ Port }}"]}
          Infra:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties:
              Name: web
              InstanceProfileName: profile
              InstanceTypes: \(instanceTypes)
              ResourceTags: {CostCenter: a}
        """
    }

    private func plan(_ text: String) throws -> TemplateApplication {
        var documents = DocumentSet()
        documents.add(text: text, file: "t.yaml")
        var context = TemplateContext(accountID: "123456789012")
        context.isKnown = { _ in true }
        return try TemplateApplication(documents, context)
    }

    private func withStore(_ body: (KilnStore) async throws -> Void) async throws {
        let folder = FilePath("/tmp/kiln-apply-\(getpid())-\(UInt64.random(in: 0 ..< .max))")
        defer { try? Folders.remove(folder) }
        let store = try await KilnStore.open(at: folder.appending("kiln.db"))
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(store)) } catch { outcome = .failure(error) }
        await store.close()
        try outcome.get()
    }

    private func arn(_ rest: String) -> String { "arn:aws:imagebuilder:us-east-1:123456789012:\(rest)" }

    /// What became of each, by the template's names.
    private func apply(_ text: String, _ store: KilnStore, dryRun: Bool = false) async throws -> [String: String] {
        let applied = try await plan(text).apply(to: store, isDryRun: dryRun)
        return Dictionary(uniqueKeysWithValues: applied.map { ($0.logicalID, $0.outcome.rawValue) })
    }

    private func document(_ store: KilnStore, _ arn: String) async throws -> NSDictionary {
        let resource = try #require(try await store.resource(arn))
        return try #require(try JSONSerialization.jsonObject(with: resource.document) as? NSDictionary)
    }

    @Test("All resources are registered in the API's words, in the order in which they need each other")
    func create() async throws {
        try await withStore { store in
            let applied = try await plan(text()).apply(to: store, isDryRun: false)
            #expect(applied.map(\.logicalID) == ["Web", "Recipe", "Infra", "Pipeline"])
            #expect(
                applied.map(\.arn) == [
                    arn("component/my-web/1.2.3/1"), arn("image-recipe/web/1.0.0"),
                    arn("infrastructure-configuration/web"), arn("image-pipeline/web"),
                ])
            #expect(applied[0].line == "created    \(arn("component/my-web/1.2.3/1"))  (Web)")
            let recipe = try await document(store, applied[1].arn)
            #expect(
                recipe == [
                    "parentImage": "ami-12345678", "type": "AMI", "platform": "Linux",
                    "components": [
                        ["componentArn": applied[0].arn, "parameters": [["name": "Port", "value": ["8080"]]]]
                    ],
                    "blockDeviceMappings": [
                        [
                            "deviceName": "/dev/xvda",
                            "ebs": ["volumeSize": 8, "deleteOnTermination": true, "encrypted": false],
                        ]
                    ],
                ] as NSDictionary)
            let pipeline = try await document(store, applied[3].arn)
            #expect(
                pipeline == [
                    "imageRecipeArn": applied[1].arn, "infrastructureConfigurationArn": applied[2].arn,
                    "platform": "Linux", "enhancedImageMetadataEnabled": true,
                    "schedule": ["scheduleExpression": "rate(1 days)", "autoDisablePolicy": ["failureCount": 3]],
                    "imageTestsConfiguration": ["imageTestsEnabled": false, "timeoutMinutes": 720],
                ] as NSDictionary)
            let stored = try #require(try await store.resource(applied[3].arn))
            #expect(stored.state == "ENABLED" && stored.tags == ["TeamName": "web"])
            #expect(Set(stored.references) == [applied[1].arn, applied[2].arn])
            let component = try await document(store, applied[0].arn)
            #expect(component["type"] as? String == "BUILD" && component["platform"] as? String == "Linux")
            #expect((component["data"] as? String)?.hasPrefix("schemaVersion: 1.0\n") == true)
            #expect(
                component["parameters"] as? NSArray
                    == [["name": "Port", "type": "String", "defaultValue": ["80"]]] as NSArray)
            #expect(try await document(store, applied[2].arn)["resourceTags"] as? NSDictionary == ["CostCenter": "a"])
        }
    }

    @Test("What is the same stays, and nothing is written")
    func again() async throws {
        try await withStore { store in
            _ = try await apply(text(), store)
            let event = try await store.lastEvent()
            #expect(Set(try await apply(text(), store).values) == ["unchanged"])
            #expect(try await store.lastEvent() == event)
        }
    }

    @Test("What differs is updated, or a new build that the others then name")
    func changes() async throws {
        try await withStore { store in
            _ = try await apply(text(), store)
            #expect(
                try await apply(text(instanceTypes: "[t3.large]", status: "DISABLED"), store)
                    == ["Web": "unchanged", "Recipe": "unchanged", "Infra": "updated", "Pipeline": "updated"])
            #expect(try await store.resource(arn("image-pipeline/web"))?.state == "DISABLED")
            #expect(
                try await apply(text(componentData: "echo two", recipeVersion: "1.0.1"), store)
                    == ["Web": "created", "Recipe": "created", "Infra": "updated", "Pipeline": "updated"])
            #expect(
                try await store.resource(arn("image-recipe/web/1.0.1"))?.references == [arn("component/my-web/1.2.3/2")]
            )
            #expect(
                try await document(store, arn("image-pipeline/web"))["imageRecipeArn"] as? String
                    == arn("image-recipe/web/1.0.1"))
        }
    }

    @Test("A recipe that differs needs a new version, and nothing at all is done without")
    func recipe() async throws {
        try await withStore { store in
            _ = try await apply(text(), store)
            let failure = await #expect(throws: StoreFailure.self) {
                try await apply(text(componentData: "echo two"), store)
            }
            #expect(failure?.message.hasPrefix("Recipe: ") == true && failure?.hint == "give it another Version")
            #expect(try await store.resource(arn("component/my-web/1.2.3/2")) == nil)
        }
    }

    @Test("A version that counts on by itself does so only for another content")
    func counting() async throws {
        try await withStore { store in
            let first = text(recipeVersion: "1.0.x")
            #expect(try await apply(first, store)["Recipe"] == "created")
            #expect(try await store.resource(arn("image-recipe/web/1.0.0")) != nil)
            #expect(Set(try await apply(first, store).values) == ["unchanged"])
            _ = try await apply(text(componentData: "echo two", recipeVersion: "1.0.x"), store)
            #expect(
                try await document(store, arn("image-pipeline/web"))["imageRecipeArn"] as? String
                    == arn("image-recipe/web/1.0.1"))
        }
    }

    @Test("A dry run tells what would be done")
    func dryRun() async throws {
        try await withStore { store async throws in
            #expect(Set(try await apply(text(), store, dryRun: true).values) == ["created"])
            #expect(try await store.lastEvent() == 0)
        }
    }

    @Test("An own image that only the catalogue knows is no reference, one that is stored is")
    func parents() async throws {
        try await withStore { store in
            let parent = arn("image/base/x.x.x")
            _ = try await apply(text(parent: parent), store)
            #expect(try await store.resource(arn("image-recipe/web/1.0.0"))?.references.count == 1)
            _ = try await store.create(
                NewResource(
                    .image, name: "base", version: ResourceVersion(1, 0, 0), document: Data("{}".utf8),
                    state: "AVAILABLE"))
            _ = try await apply(text(recipeVersion: "1.0.1", parent: parent), store)
            #expect(try await store.resource(arn("image-recipe/web/1.0.1"))?.references.contains(parent) == true)
        }
    }

    @Test("A secret of the template is in no file of the store, comes back for a build, and goes with who has it")
    func secrets() async throws {
        let parameters = "Parameters:\n  Word: {Type: String, NoEcho: true, Default: hush-hush}\n"
        let said = parameters + text(instanceTypes: "[!Ref Word, t3.small]")
        try await withStore { store in
            func isReadable() throws -> Bool {
                try ["", "-wal"].contains { suffix in
                    Data(try Folders.read(FilePath("\(store.file)\(suffix)"))).range(of: Data("hush".utf8)) != nil
                }
            }
            #expect(try await apply(said, store)["Infra"] == "created")
            #expect(try !isReadable())
            let infra = try #require(try await store.resource(arn("infrastructure-configuration/web")))
            let opened = try await store.unsealed(infra.document)
            #expect(opened.secrets == ["hush-hush"])
            #expect(String(decoding: opened.document, as: UTF8.self).contains(#"["hush-hush","t3.small"]"#))
            // The same secret is the same mark.
            #expect(Set(try await apply(said, store).values) == ["unchanged"])
            // Nobody else has it.
            let mark = infra.document
            #expect(try await apply(text(), store)["Infra"] == "updated")
            #expect(try await store.unsealed(mark).secrets.isEmpty)
            #expect(try !isReadable())
        }
    }

    @Test("The inputs of AWS CLI commands are registered as they are")
    func commandInputs() async throws {
        try await withStore { store async throws in
            let input = """
                {"name": "web", "instanceProfileName": "profile", "terminateInstanceOnFailure": false,
                 "tags": {"Team": "web"}, "clientToken": "t"}
                """
            #expect(Array(try await apply(input, store).values) == ["created"])
            #expect(
                try await document(store, arn("infrastructure-configuration/web"))
                    == ["instanceProfileName": "profile", "terminateInstanceOnFailure": false] as NSDictionary)
            #expect(try await store.tags(of: arn("infrastructure-configuration/web")) == ["Team": "web"])
        }
    }

    @Test("A workflow whose document lies in another file is registered with it and with its parameters")
    func workflowInFile() async throws {
        try await withStore { store async throws in
            let template = """
                Resources:
                  Flow:
                    Type: AWS::ImageBuilder::Workflow
                    Properties: {Name: flow, Version: 1.0.0, Type: TEST, Uri: flow.yaml}
                """
            let flow = """
                name: flow
                schemaVersion: 1.0
                parameters:
                  - {name: word, type: string, default: made}
                steps:
                  - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
                """
            var documents = DocumentSet()
            documents.add(text: template, file: "t.yaml")
            var context = TemplateContext(accountID: "123456789012")
            context.loadComponent = { _ in TemplateContext.LoadedDocument(text: flow, file: "flow.yaml") }
            let applied = try await TemplateApplication(documents, context).apply(to: store)
            #expect(applied.map(\.arn) == [arn("workflow/test/flow/1.0.0/1")])
            let stored = try await document(store, applied[0].arn)
            #expect(stored["data"] as? String == flow && stored["uri"] == nil)
            #expect((stored["parameters"] as? [NSDictionary])?.map { $0["name"] as? String } == ["word"])
        }
    }
}
