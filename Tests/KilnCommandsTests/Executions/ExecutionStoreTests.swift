import ArgumentParser
import Disks
import Documents
import Failures
import Foundation
import HostSystem
import Store
import SystemPackage
import Testing

@testable import Builds
@testable import KilnCommands

@Suite("What is built of the store's resources") struct ExecutionStoreTests {
    private static let component = """
        name: c
        schemaVersion: 1.0
        parameters:
          - who: {type: string}
        phases:
          - name: build
            steps:
              - {name: s, action: ExecuteBash, inputs: {commands: ['echo {{ who }}']}}
        """

    private func withStore(_ body: (KilnStore, KilnHome) async throws -> Void) async throws {
        let folder = FilePath("/tmp/kiln-executions-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let home = KilnHome(data: folder, cache: folder.appending("cache"))
        let store = try await KilnStore.open(
            at: home.database, account: Account(region: "eu-central-1", account: "123456789012"))
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(store, home)) } catch { outcome = .failure(error) }
        await store.close()
        try outcome.get()
    }

    private func json(_ value: [String: Any]) throws -> Data { try JSONSerialization.data(withJSONObject: value) }

    private func queue(_ store: KilnStore, _ more: [String: Any] = [:]) async throws -> ImageBuild {
        let use: [String: Any] = [
            "componentArn": "arn:aws:imagebuilder:eu-central-1:123456789012:component/my-component/x.x.x",
            "parameters": [["name": "who", "value": ["world"]]],
        ]
        let document: [String: Any] = [
            "imageRecipe": [
                "arn": "arn:x", "name": "my_recipe", "version": "1.2.0", "parentImage": "debian-12",
                "components": [use], "workingDirectory": "/tmp",
            ],
            "infrastructureConfiguration": ["arn": "arn:y", "name": "infra", "instanceProfileName": "p"],
            "imageTestsConfiguration": ["imageTestsEnabled": false, "timeoutMinutes": 60],
            "enhancedImageMetadataEnabled": true,
        ].merging(more) { $1 }
        return try await store.enqueue(
            NewImageBuild(
                image: NewResource(
                    .image, name: "my_recipe", version: ResourceVersion(1, 2, 0), document: try json(document))))
    }

    @Test("What the settings of the server's folder name is found beside them")
    func settings() throws {
        let folder = FilePath("/tmp/kiln-executions-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let settings = folder.appending("kiln.yaml")
        try DurableFile.write(Array("origins: {'s3://bucket': files}\n".utf8), to: settings)
        let documents = folder.appending("documents")
        try ExecutionFolder.beginDocuments(in: documents, settings: settings)
        try DurableFile.write(Array("{}".utf8), to: documents.appending("pipeline.json"))
        let read = try TemplateOptions.parse([]).read([documents.appending("pipeline.json").string])
        #expect(read.kilnSettings.originFolders.map(\.folder.position.file) == [settings.string])
        // The folder goes, and the settings stay.
        try ExecutionFolder.beginDocuments(in: documents, settings: settings)
        #expect(Folders.exists(settings))
    }

    @Test("An image's recipe, newest components and configurations become documents that resolve to one pipeline")
    func documents() async throws {
        try await withStore { store, home in
            for (version, data) in [(ResourceVersion(1, 0, 0), "nonsense"), (ResourceVersion(1, 1, 0), Self.component)]
            {
                _ = try await store.create(
                    NewResource(
                        .component, name: "my_component", version: version,
                        document: try json(["data": data, "platform": "Linux"])))
            }
            let build = try await queue(store)
            let image = try #require(await store.resource(build.image))
            let folder = home.data.appending("documents")
            let files = try await ExecutionDocuments(store: store, home: home, image: image, folder: folder).write()
            var set = DocumentSet()
            for file in files { set.add(bytes: try Folders.read(FilePath(file)), file: file) }
            var context = TemplateContext(
                region: "eu-central-1", accountID: "123456789012",
                loadComponent: TemplateOptions.loader(beside: files[0]))
            context.isKnown = { _ in false }
            let template = try #require(try set.resolve(context).first)
            #expect(template.components.map { "\($0.name)/\($0.version)" } == ["my_component/1.1.0"])
            #expect(template.pipelines.map(\.testsEnabled) == [false])
            #expect(template.pipelines.first?.recipe.logicalID != nil)
            #expect(template.recipes.first?.components.first?.parameters == ["who": ["world"]])
        }
    }

    @Test("Amazon's component that Kiln has one in the place of is written as one of the account's; others are gone")
    func standIn() async throws {
        try await withStore { store, home in
            func image(_ component: String) async throws -> StoredResource {
                let arn = "arn:aws:imagebuilder:eu-central-1:aws:component/\(component)"
                let recipe: [String: Any] = [
                    "name": "my_recipe", "version": "1.2.0", "parentImage": "debian-12",
                    "components": [["componentArn": arn]],
                ]
                return try #require(await store.resource(queue(store, ["imageRecipe": recipe]).image))
            }
            let folder = home.data.appending("documents")
            let files = try await ExecutionDocuments(
                store: store, home: home, image: image("hello-world-linux/x.x.x"), folder: folder
            ).write()
            var set = DocumentSet()
            for file in files { set.add(bytes: try Folders.read(FilePath(file)), file: file) }
            var context = TemplateContext(
                region: "eu-central-1", accountID: "123456789012",
                loadComponent: TemplateOptions.loader(beside: files[0]))
            context.isKnown = { _ in false }
            let template = try #require(try set.resolve(context).first)
            #expect(template.components.map { "\($0.name)/\($0.version)" } == ["hello-world-linux/1.0.0"])
            #expect(template.recipes.first?.components.map { $0.reference.arn.account } == ["123456789012"])
            let other = try await image("stig-build-linux/x.x.x")
            await #expect(throws: ExecutionDocuments.Refusal.self) {
                try await ExecutionDocuments(store: store, home: home, image: other, folder: folder).write()
            }
        }
    }

    @Test("An image that is only distributed becomes the input of kiln distribute, also when it is tried again")
    func distribution() async throws {
        try await withStore { store, home in
            let configuration: [String: Any] = [
                "arn": "arn:z", "name": "everywhere", "timeoutMinutes": 60,
                "distributions": [
                    [
                        "region": "eu-west-1",
                        "amiDistributionConfiguration": ["name": "web {{ imagebuilder:buildDate }}"],
                    ]
                ],
            ]
            let kiln = ["build": "b-1", "image": "abc", "distributes": "arn:source"]
            let build = try await queue(store, ["distributionConfiguration": configuration, "kiln": kiln])
            let image = try #require(await store.resource(build.image))
            let distribution = try #require(ImageDistribution(of: image))
            #expect(distribution.build == "b-1")
            let file = try distribution.write(to: home.data.appending("documents"))
            var set = DocumentSet()
            set.add(bytes: try Folders.read(file), file: file.string)
            var context = TemplateContext(region: "eu-central-1", accountID: "123456789012")
            context.isKnown = { _ in false }
            let template = try #require(try set.resolve(context).first)
            #expect(template.distributions.map(\.name) == ["everywhere"] && template.pipelines.isEmpty)
            #expect(template.distributions.first?.distributions.map(\.region) == ["eu-west-1"])
            // What has come of it so far does not make a build of it.
            let document = try #require(distribution.result(of: image, nil).document(image, account: store.account))
            let after = try await store.update(ResourceUpdate(build.image, document: document))
            #expect(ImageDistribution(of: after)?.build == "b-1")
            let other = try #require(await store.resource(queue(store).image))
            #expect(ImageDistribution(of: other) == nil)
        }
    }

    @Test("A parent that was built here is named by its place among the builds of its version that kiln build counts")
    func parents() async throws {
        try await withStore { store, home in
            let states: [(id: String, state: Builds.ImageState)] = [
                ("b-1", .available), ("b-2", .failed), ("b-3", .available),
            ]
            for (number, (id, state)) in states.enumerated() {
                let folder = BuildFolder(home: home, id: id)
                try Folders.create(folder.path)
                try folder.save(
                    BuildRecord(
                        id: id, state: state, recipe: "my_recipe", version: "1.2.0", plan: "p",
                        started: Date(timeIntervalSince1970: Double(number))))
            }
            // The image of b-3 is the store's first.
            let parent = try await queue(store).image
            _ = try await store.transition(parent, to: .creating)
            _ = try await store.transition(parent, to: .available, document: json(["kiln": ["build": "b-3"]]))
            let recipe: [String: Any] = [
                "name": "child", "version": "1.0.0",
                "parentImage": "arn:aws:imagebuilder:eu-central-1:123456789012:image/my-recipe/x.x.x", "components": [],
            ]
            let child = try #require(await store.resource(queue(store, ["imageRecipe": recipe]).image))
            let documents = ExecutionDocuments(
                store: store, home: home, image: child, folder: home.data.appending("documents"))
            let files = try await documents.write()
            let written = try files.map { String(decoding: try Folders.read(FilePath($0)), as: UTF8.self) }
            #expect(
                written.contains {
                    $0.contains("\"arn:aws:imagebuilder:eu-central-1:123456789012:image/my-recipe/1.2.0/2\"")
                }, "\(written)")
            try Folders.remove(home.builds.appending("b-3"))
            await #expect(throws: ExecutionDocuments.Refusal.self) { try await documents.write() }
        }
    }

    @Test("Workflows of the user's become documents, and events of theirs the store's executions of them")
    func workflows() async throws {
        try await withStore { store, home in
            _ = try await store.create(
                NewResource(
                    .component, name: "my_component", version: ResourceVersion(1, 0, 0),
                    document: try json(["data": Self.component, "platform": "Linux"])))
            let data =
                "schemaVersion: 1.0\nparameters: [{name: n, type: integer}]\nsteps: [{name: Ask, action: WaitForAction}]"
            let flow = try await store.create(
                NewResource(
                    .workflow, name: "My_Flow", version: ResourceVersion(1, 0, 0), workflowType: "TEST",
                    document: try json(["data": data])))
            let uses: [[String: Any]] = [
                ["workflowArn": "arn:aws:imagebuilder:eu-central-1:aws:workflow/build/build-image/x.x.x"],
                ["workflowArn": flow.arn, "parallelGroup": "g", "parameters": [["name": "n", "value": ["4"]]]],
            ]
            let image = try #require(await store.resource(queue(store, ["workflows": uses]).image))
            let files = try await ExecutionDocuments(
                store: store, home: home, image: image, folder: home.data.appending("documents")
            ).write()
            var documents = DocumentSet()
            for file in files { documents.add(bytes: try Folders.read(FilePath(file)), file: file) }
            var context = TemplateContext(
                region: "eu-central-1", accountID: "123456789012",
                loadComponent: TemplateOptions.loader(beside: files[0]))
            context.isKnown = { _ in false }
            let template = try #require(try documents.resolve(context).first)
            let plan = try BuildPlan.make(from: template, pipeline: nil, base: "/base")
            #expect(plan.workflows.build == nil && plan.workflows.tests?.count == 1)
            let planned = try #require(plan.workflows.tests?.first)
            #expect(planned.parameters == ["n": .integer(4)] && planned.group == "g")
            #expect(try await StoredWorkflows(of: image, in: store).stored("\(planned.arn)") == flow.arn)
        }
    }

    @Test("Containers, and workflows and components that are gone, are refused with what they are")
    func refusals() async throws {
        try await withStore { store, home in
            let workflow = "arn:aws:imagebuilder:eu-central-1:123456789012:workflow/build/mine/1.0.0/1"
            let wrong: [(more: [String: Any], word: String)] = [
                ([:], "component/my-component/x.x.x is gone"),
                (["imageRecipe": NSNull()], "container images are not built"),
                (["workflows": [["workflowArn": workflow]]], "workflow/build/mine"),
            ]
            for (more, word) in wrong {
                let image = try #require(await store.resource(queue(store, more).image))
                let documents = ExecutionDocuments(
                    store: store, home: home, image: image, folder: home.data.appending("documents"))
                let refusal = await #expect(throws: ExecutionDocuments.Refusal.self) { try await documents.write() }
                #expect(refusal?.message.contains(word) == true, "\(refusal?.message ?? "")")
            }
        }
    }

    @Test("A build that fails leaves a failed step, skipped ones behind it, and the service's words about where it was")
    func failure() async throws {
        try await withStore { store, _ in
            let build = try await queue(store)
            let image = try ResourceARN(build.image)
            _ = try await store.claim(build.image, by: .current, lease: .seconds(60))
            var recorder = ExecutionRecorder(store: store, image: image)
            try await recorder.begin()
            for change: ExecutionProgress.Change in [
                .state(.creating), .begin(.build), .step("LaunchBuildInstance", .running),
                .guest("LaunchBuildInstance", "kiln-b-1-build"), .step("LaunchBuildInstance", .completed),
                .step("ApplyBuildComponents", .running),
                .step("ApplyBuildComponents", .running, message: "c: build: s"),
                .log("ApplyBuildComponents", file: "/h/builds/b-1/logs/build/s.log"),
            ] { try await recorder.apply(change) }
            try await store.endBuild(build.image, cancelled: false, reason: "it broke", by: .current)
            let execution = try #require(await store.executions(of: build.image).first)
            #expect(execution.status == .failed && execution.message == "it broke")
            let steps = try await store.steps(of: execution.id, limit: 25).items
            #expect(
                steps.map(\.status) == [.completed, .failed, .skipped, .skipped, .skipped, .skipped],
                "\(steps.map { "\($0.name) \($0.status)" })")
            #expect(steps[1].message == "it broke" && steps[1].logFile == "logs/build/s.log")
            #expect(steps[0].outputs.map { String(decoding: $0, as: UTF8.self) } == #"{"instanceId":"kiln-b-1-build"}"#)
            let ended = try #require(await store.build(build.image))
            #expect(ended.state == .failed && ended.claim == nil)
            #expect(ended.stateReason == "Workflow Execution ID: '\(execution.id)' failed with reason: it broke")

            // Again: what was is marked, and what is cancelled then is.
            _ = try await store.retry(build.image)
            _ = try await store.claim(build.image, by: .current, lease: .seconds(60))
            recorder = ExecutionRecorder(store: store, image: image)
            try await recorder.begin()
            for change: ExecutionProgress.Change in [.begin(.build), .step("LaunchBuildInstance", .running)] {
                try await recorder.apply(change)
            }
            try await store.endBuild(build.image, cancelled: true, reason: "enough", by: .current)
            let both = try await store.executions(of: build.image)
            #expect(both.map(\.isRetried) == [true, false] && both.map(\.status) == [.failed, .cancelled])
            #expect(try await store.build(build.image)?.stateReason == "enough")
        }
    }
}
