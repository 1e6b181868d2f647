import ArgumentParser
import Builds
import Documents
import Failures
import Foundation
import Glibc
import HostSystem
import Store
import Synchronization
import SystemPackage
import Testing

@testable import KilnCommands

@Suite("A build by hand in the store") struct BuildRecordingTests {
    private static func template(_ command: String = "echo {{ word }}", version: String = "1.0.0") -> String {
        """
        Parameters:
          Word: {Type: String, NoEcho: true, Default: swordfish}
        Resources:
          Pipeline:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties: {Name: web, ImageRecipeArn: !Ref Recipe, InfrastructureConfigurationArn: !Ref Infra}
          Recipe:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: web
              Version: \(version)
              ParentImage: debian-12
              Components:
                - ComponentArn: !Ref Component
                  Parameters: [{Name: word, Value: [!Ref Word]}]
          Infra:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: web, InstanceProfileName: p}
          Component:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: web
              Version: 1.0.0
              Platform: Linux
              Data: |
                schemaVersion: 1.0
                parameters:
                  - word: {type: string}
                phases:
                  - name: build
                    steps:
                      - {name: s, action: ExecuteBash, inputs: {commands: ['\(command)']}}

        """
    }

    /// A home with a template, and what a build of it has said and asked for.
    private struct Bench {
        let home: KilnHome
        let said = Said()

        var database: FilePath { home.database }

        func write(_ text: String) throws { try DurableFile.write(Array(text.utf8), to: home.data.appending("t.yaml")) }

        func recording(resumes: Bool = false) async throws -> BuildRecording {
            let loaded = try await TemplateOptions.parse([]).loadAll(
                [home.data.appending("t.yaml").string], home: home)
            let said = self.said
            let recording = BuildRecording(
                home: home, account: Account(account: "000000000000"),
                image: RecordedImage(loaded: loaded, pipeline: "Pipeline", resumes: resumes),
                say: { said.add($0) }, interrupt: { said.add("interrupted") })
            recording.start()
            return recording
        }

        func store<Value: Sendable>(_ body: (KilnStore) async throws -> Value) async throws -> Value {
            try await KilnStore.using(database, account: Account(account: "000000000000"), body)
        }

        func build(_ image: String) async throws -> ImageBuild? { try await store { try await $0.build(image) } }
    }

    private final class Said: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        let folder = FilePath("/tmp/kiln-recording-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let bench = Bench(home: KilnHome(data: folder, cache: folder.appending("cache")))
        try bench.write(Self.template())
        try await body(bench)
    }

    private static func until(_ holds: () async throws -> Bool) async throws {
        for _ in 0..<500 {
            if try await holds() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("nothing has come of it in ten seconds")
    }

    private func arn(_ rest: String) -> String { "arn:aws:imagebuilder:us-east-1:000000000000:\(rest)" }

    private func result(_ id: String) -> ExecutionResult {
        ExecutionResult(event: "finished", build: id, name: "web", version: "1.0.0", image: "d1ge57", distribution: nil)
    }

    private static let whole: [BuildEvent] = [
        .stageStarted("Creating"), .stageEnded("Creating", seconds: 1), .stageStarted("Building"),
        .note("cleaning the image offline"), .note("freezing the image"), .stageEnded("Building", seconds: 1),
        .stageStarted("Testing"), .stageEnded("Testing", seconds: 1), .stageStarted("Distributing"),
        .stageEnded("Distributing", seconds: 1), .ended(.available, reason: nil),
    ]

    @Test("It is there as one of the API's: resources, states, workflows, and what came of it; and it is no queue's")
    func whole() async throws {
        try await withBench { bench in
            let recording = try await bench.recording()
            recording.hear(.started(id: "b-1"))
            recording.hear(Self.whole[0])
            let image = arn("image/web/1.0.0/1")
            try await bench.store { store in
                try await Self.until { try await store.build(image)?.state == .creating }
                let build = try #require(try await store.build(image))
                #expect(build.state == .creating && build.isByHand && build.pipeline == arn("image-pipeline/web"))
                #expect(build.claim?.process == "\(ProcessIdentity.current)")
                // One that waits is taken all the same, whatever the limit.
                _ = try await store.enqueue(
                    NewImageBuild(
                        image: NewResource(
                            .image, name: "other", version: ResourceVersion(1, 0, 0), document: Data("{}".utf8))))
                let process = try #require(ProcessIdentity(of: getppid()))
                let next = try await store.claimNext(by: process, limit: 1, lease: .seconds(60))
                #expect(next?.image == arn("image/other/1.0.0/1"))
            }
            for event in Self.whole.dropFirst() { recording.hear(event) }
            #expect(await recording.end(.done(result("b-1"))) == nil)
            try await bench.store { store in
                let build = try #require(try await store.build(image))
                #expect(build.state == .available && build.claim == nil)
                let executions = try await store.executions(of: image)
                #expect(executions.map(\.type) == ["BUILD", "TEST", "DISTRIBUTION"])
                #expect(executions.allSatisfy { $0.status == .completed })
                let resource = try #require(try await store.resource(image))
                let document = try #require(
                    try JSONSerialization.jsonObject(with: resource.document) as? [String: Any])
                #expect(document["kiln"] as? [String: String] == ["build": "b-1", "image": "d1ge57"])
                #expect((document["imageRecipe"] as? [String: Any])?["name"] as? String == "web")
                #expect(document["sourcePipelineArn"] as? String == arn("image-pipeline/web"))
                #expect(document["buildType"] as? String == "USER_INITIATED")
            }
            #expect(bench.said.all.isEmpty, "\(bench.said.all)")
        }
    }

    @Test("What was edited under the same version is built again, and takes the place of what was")
    func edited() async throws {
        try await withBench { bench in
            for (number, command) in ["echo one", "echo two {{ word }}", "echo two {{ word }}"].enumerated() {
                try bench.write(Self.template(command))
                let recording = try await bench.recording()
                recording.hear(.started(id: "b-\(number)"))
                #expect(await recording.end(.failed("it broke")) == nil)
                // What somebody has disabled, a template that says nothing of it leaves so.
                try await bench.store { store in
                    let pipeline = arn("image-pipeline/web")
                    #expect(try await store.resource(pipeline)?.state == (number == 0 ? "ENABLED" : "DISABLED"))
                    _ = try await store.update(ResourceUpdate(pipeline, state: "DISABLED"))
                }
            }
            #expect(bench.said.all.isEmpty, "\(bench.said.all)")
            try await bench.store { store in
                #expect(
                    try await store.resource(arn("image-recipe/web/1.0.0"))?.references
                        == [arn("component/web/1.0.0/2")])
                for number in 1...3 {
                    let build = try #require(try await store.build(arn("image/web/1.0.0/\(number)")))
                    #expect(build.state == .failed && build.stateReason == "it broke")
                }
            }
        }
    }

    @Test("--resume is the retry of the image that the build was; a killed one has failed by then")
    func resumed() async throws {
        try await withBench { bench in
            let image = arn("image/web/1.0.0/1")
            var recording = try await bench.recording()
            recording.hear(.started(id: "b-1"))
            for event in Self.whole.prefix(3) { recording.hear(event) }
            recording.hear(.ended(.failed, reason: "step s failed"))
            _ = await recording.end(.failed("it broke"))
            #expect(try await bench.build(image)?.stateReason?.hasSuffix("failed with reason: step s failed") == true)

            recording = try await bench.recording(resumes: true)
            recording.hear(.started(id: "b-1"))
            for event in Self.whole { recording.hear(event) }
            _ = await recording.end(.done(result("b-1")))
            let again = try #require(try await bench.build(image))
            #expect(again.state == .available && again.attempt == 2)
            try await bench.store { store in
                let executions = try await store.executions(of: image)
                #expect(executions.map(\.isRetried) == [true, false, false, false])
            }

            // As if it was killed.
            let gone = try await Self.goneProcess()
            let killed = try await bench.store { store in
                try await store.beginByHand(
                    NewImageBuild(
                        image: NewResource(
                            .image, name: "web", version: ResourceVersion(1, 0, 0),
                            document: Data(#"{"kiln":{"build":"b-2"}}"#.utf8))), by: gone, lease: .seconds(60)
                ).image
            }
            recording = try await bench.recording(resumes: true)
            recording.hear(.started(id: "b-2"))
            _ = await recording.end(.cancelled)
            let ended = try #require(try await bench.build(killed))
            #expect(ended.state == .cancelled && ended.attempt == 2)
            #expect(bench.said.all.isEmpty, "\(bench.said.all)")
        }
    }

    private static func goneProcess() async throws -> ProcessIdentity {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["60"]
        try process.run()
        let identity = try #require(ProcessIdentity(of: process.processIdentifier))
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return identity
    }

    @Test("Whoever cancels it by the API has it ended as ^C would, with the reason")
    func cancelled() async throws {
        try await withBench { bench in
            let recording = try await bench.recording()
            recording.hear(.started(id: "b-1"))
            let image = arn("image/web/1.0.0/1")
            try await bench.store { store in
                try await Self.until { try await store.build(image)?.state == .creating }
                _ = try await store.requestCancel(image, reason: "Enough.")
                #expect(try await store.build(image)?.state == .creating)
            }
            try await Self.until { bench.said.all.contains("interrupted") }
            #expect(bench.said.all == ["kiln: the build is to end: Enough.", "interrupted"])
            _ = await recording.end(.cancelled)
            let ended = try #require(try await bench.build(image))
            #expect(ended.state == .cancelled && ended.stateReason == "Enough.")
        }
    }

    @Test("A store that cannot be used is told of, and nothing is ended for it; nor is anything made before the build")
    func unusable() async throws {
        try await withBench { bench in
            var recording = try await bench.recording()
            _ = await recording.end(.failed("no libvirt"))
            #expect(try await bench.store { try await $0.lastEvent() } == 0)
            #expect(bench.said.all.isEmpty)
            try DurableFile.write(Array(repeating: 7, count: 8192), to: bench.database)
            recording = try await bench.recording()
            recording.hear(.started(id: "b-1"))
            #expect(await recording.end(.done(result("b-1"))) == nil)
            #expect(bench.said.all.count == 1 && bench.said.all[0].contains("no database of Kiln"), "\(bench.said.all)")
        }
    }

    @Test("Where the store's disk is full, that ends the build, and is its failure", .enabled(if: getuid() == 0))
    func full() async throws {
        try await withBench { bench in
            let place = bench.home.data.appending("full")
            try Folders.create(place)
            try await HostCommand("mount", ["-t", "tmpfs", "-o", "size=64k", "kiln-test", place.string]).run()
            let outcome: Result<Void, any Error>
            do {
                let full = Bench(home: KilnHome(data: place, cache: place.appending("cache")))
                try full.write(Self.template())
                try? DurableFile.write([UInt8](repeating: 1, count: 44 << 10), to: place.appending("filler"))
                let recording = try await full.recording()
                recording.hear(.started(id: "b-1"))
                try await Self.until { full.said.all.contains("interrupted") }
                #expect(await recording.end(.cancelled)?.code == .noSpace)
                #expect(full.said.all.count == 2 && full.said.all[0].hasSuffix("the build cannot go on"))
                outcome = .success(())
            } catch { outcome = .failure(error) }
            _ = try await HostCommand("umount", [place.string]).run()
            try outcome.get()
        }
    }

    @Test("A NoEcho value is in no file of the store, and a served build gets it, to use and to hide")
    func secrets() async throws {
        try await withBench { bench in
            let recording = try await bench.recording()
            recording.hear(.started(id: "b-1"))
            #expect(await recording.end(.failed("it broke")) == nil)
            for name in try Folders.names(in: bench.home.data) where name.hasPrefix("kiln.db") {
                let bytes = Data(try Folders.read(bench.home.data.appending(name)))
                #expect(bytes.range(of: Data("swordfish".utf8)) == nil, "\(name)")
            }
            try await bench.store { store in
                let image = try #require(try await store.resource(arn("image/web/1.0.0/1")))
                let folder = bench.home.data.appending("documents")
                let files = try await ExecutionDocuments(
                    store: store, home: bench.home, image: image, folder: folder
                ).write()
                #expect(
                    try files.contains {
                        String(decoding: try Folders.read(FilePath($0)), as: UTF8.self).contains("swordfish")
                    })
                let variables = [BuildSecrets.variable: BuildSecrets.file(in: folder).string]
                #expect(try BuildSecrets.given(variables) == ["swordfish"])
            }
        }
    }
}
