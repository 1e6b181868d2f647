import AWSClient
import Foundation
import Glibc
import HostSystem
import ImageBuilderAPI
import LocalS3
import Store
import Synchronization
import SystemPackage
import Testing

@testable import KilnCommands

/// What several tasks note.
private final class Notes<Element: Sendable>: Sendable {
    private let state = Mutex<[Element]>([])

    var all: [Element] { state.withLock { $0 } }
    func add(_ element: Element) { state.withLock { $0.append(element) } }
}

@Suite struct EventFeedTests {
    private let me = ProcessIdentity.current

    private func withStore(_ body: (KilnStore, FilePath) async throws -> Void) async throws {
        let folder = FilePath("/tmp/kiln-events-\(getpid())-\(UInt32.random(in: 0 ..< .max))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let store = try await KilnStore.open(
            at: folder.appending("kiln.db"), account: Account(),
            clock: { Date(timeIntervalSince1970: 1_795_694_400.25) })
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(store, folder)) } catch { outcome = .failure(error) }
        await store.close()
        try outcome.get()
    }

    private func image(_ document: JSONValue = [:]) -> NewResource {
        NewResource(.image, name: "My Web", version: ResourceVersion(1, 2, 3), document: Data(document.bytes))
    }

    /// Leads an image through its states.
    private func build(_ store: KilnStore, _ end: ImageState, _ document: JSONValue = [:]) async throws -> String {
        let image = try await store.enqueue(NewImageBuild(image: image(document))).image
        _ = try await store.claim(image, by: me, lease: .seconds(60))
        for state in [ImageState.creating, .building, end] {
            _ = try await store.transition(image, to: state, reason: state == .failed ? "no disk" : nil, by: me)
        }
        return image
    }

    private func lines(_ file: FilePath) throws -> [JSONValue] {
        try Folders.read(file).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
    }

    @Test("A change of state has the form that it has on EventBridge, one line each; a new image has changed nothing")
    func states() async throws {
        try await withStore { store, folder in
            let file = folder.appending("events.jsonl")
            let feed = EventFeed("file", store, to: EventFile(path: file), folder: folder, log: { _ in })
            try await feed.cursor.begin(store)
            let image = try await build(store, .available)
            try await feed.look()
            let events = try lines(file)
            #expect(events.map { $0["detail"]?["state"]?["status"]?.text } == ["CREATING", "BUILDING", "AVAILABLE"])
            let last = try #require(events.last)
            let id = try #require(last["id"]?.text)
            #expect(UUID(uuidString: id) != nil)
            #expect(
                last == [
                    "version": "0", "id": .string(id), "detail-type": "EC2 Image Builder Image State Change",
                    "source": "aws.imagebuilder", "account": .string(store.account.account),
                    "time": "2026-11-26T12:00:00Z", "region": .string(store.account.region),
                    "resources": [.string(image)],
                    "detail": ["previous-state": ["status": "BUILDING"], "state": ["status": "AVAILABLE"]],
                ])
            #expect(Set(events.compactMap { $0["id"]?.text }).count == 3)
        }
    }

    @Test("Steps that wait and pipelines that are disabled are told of as well")
    func others() async throws {
        try await withStore { store, folder in
            let file = folder.appending("events.jsonl")
            let feed = EventFeed("file", store, to: EventFile(path: file), folder: folder, log: { _ in })
            try await feed.cursor.begin(store)
            _ = try await store.append(
                .pipelineDisabled, subject: "arn:aws:imagebuilder:us-east-1:000000000000:image-pipeline/p",
                detail: Data(#"{"failures":"5"}"#.utf8))
            let image = try await store.enqueue(NewImageBuild(image: image())).image
            let workflow = "arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/w/1.0.0/1"
            let execution = try await store.begin(
                NewWorkflowExecution(
                    workflow: workflow, type: "BUILD", steps: [NewStepExecution(name: "Ask", action: "WaitForAction")]),
                of: image)
            _ = try await store.transition(workflowExecution: execution.id, to: .running)
            let step = try #require(try await store.steps(of: execution.id, limit: 1).items.first)
            _ = try await store.updateStep(step.id, StepUpdate(status: .running))
            try await store.wait(step: step.id)
            try await feed.look()
            let waiting = try #require(try lines(file).last)
            #expect(waiting["detail-type"]?.text == "EC2 Image Builder Workflow Step Waiting")
            #expect(waiting["resources"] == [.string(image), .string(workflow)])
            #expect(
                waiting["detail"] == [
                    "workflow-execution-id": .string(execution.id), "workflow-step-execution-id": .string(step.id),
                    "workflow-step-name": "Ask",
                ])
            #expect(try lines(file).count == 2)
            let event = try #require(try lines(file).first)
            #expect(event["detail-type"]?.text == "EC2 Image Builder Image Pipeline Automatically Disabled")
            #expect(event["detail"] == ["consecutive-failures": "5"])
            #expect(event["resources"]?.elements?.first?.text?.hasSuffix("image-pipeline/p") == true)
        }
    }

    @Test("After a restart a feed goes on where it was, with what happened meanwhile; the first time with what comes")
    func restart() async throws {
        try await withStore { store, folder in
            let file = folder.appending("events.jsonl")
            func feed() -> EventFeed {
                EventFeed("file", store, to: EventFile(path: file), folder: folder, log: { _ in })
            }
            _ = try await build(store, .available)
            let first = feed()
            try await first.cursor.begin(store)
            try await first.look()
            #expect(!Folders.exists(file))
            _ = try await build(store, .failed)
            try await first.look()
            try await first.look()
            #expect(try lines(file).count == 3)
            _ = try await build(store, .available)
            let second = feed()
            try await second.cursor.begin(store)
            try await second.look()
            #expect(try lines(file).count == 6)
        }
    }

    @Test("What cannot be written is tried again, in its order")
    func order() async throws {
        try await withStore { store, folder in
            let place = folder.appending("later")
            let feed = EventFeed(
                "file", store, to: EventFile(path: place.appending("events.jsonl")), folder: folder, log: { _ in })
            try await feed.cursor.begin(store)
            _ = try await build(store, .available)
            await #expect(throws: HostFailure.self) { try await feed.look() }
            try Folders.create(place)
            try await feed.look()
            let states = try lines(place.appending("events.jsonl")).map { $0["detail"]?["state"]?["status"]?.text }
            #expect(states == ["CREATING", "BUILDING", "AVAILABLE"])
        }
    }

    @Test("A webhook gets each event; one that does not answer is asked a few times and then left alone")
    func webhook() async throws {
        try await withStore { store, folder in
            let server = try HookServer([500, 0, 429, 200, 400])
            defer { server.stop() }
            let said = Notes<String>()
            let waited = Notes<Duration>()
            let url = server.url.replacing("http://", with: "http://user:pass-word@")
            let made = EventWebhook(url, log: { said.add($0) })
            var hook = try #require(made)
            hook.pause = { waited.add($0) }
            let feed = EventFeed("webhook", store, to: hook, folder: folder, log: { _ in })
            try await feed.cursor.begin(store)
            _ = try await build(store, .available)
            try await feed.look()
            // The first after three tries that failed, the second refused for good, the third at once.
            let states = try server.requests.map {
                try JSONValue(parsing: Array($0.body.utf8))["detail"]?["state"]?["status"]?.text ?? ""
            }
            #expect(states == ["CREATING", "CREATING", "CREATING", "CREATING", "BUILDING", "AVAILABLE"])
            #expect(waited.all == [.seconds(1), .seconds(4), .seconds(15)])
            #expect(said.all.count == 1)
            #expect(said.all.first?.contains("HTTP 400") == true)
            #expect(said.all.allSatisfy { !$0.contains("pass-word") })
            let head = server.requests[0].head.lowercased()
            #expect(head.hasPrefix("post /hook ") && head.contains("content-type: application/json"))
            #expect(server.requests[0].head.contains("Basic \(Data("user:pass-word".utf8).base64EncodedString())"))
            // Nobody there any more: told of, and gone on with.
            server.stop()
            let failed = try await build(store, .failed)
            try await feed.look()
            #expect(said.all.count == 4)
            #expect(try await store.resource(failed)?.state == "FAILED")
        }
    }

    @Test("A webhook is an HTTP URL", arguments: ["", "hook", "ftp://host/x", "http://", "/tmp/x", "file:///tmp/x"])
    func badWebhook(_ url: String) { #expect(EventWebhook(url, log: { _ in }) == nil) }

    @Test("What a topic is told is the image as it became")
    func notice() async throws {
        try await withStore { store, _ in
            let document: JSONValue = [
                "infrastructureConfiguration": ["snsTopicArn": "arn:aws:sns:us-east-1:000000000000:t"],
                "outputResources": ["amis": []], "packages": ["many"],
            ]
            let arn = try await build(store, .failed, document)
            let image = try #require(try await store.resource(arn))
            let message = TopicNotice.message(image, state: "FAILED", try #require(document.members), store.account)
            #expect(message["arn"]?.text == arn && message["name"]?.text == "My Web")
            #expect(message["versionlessArn"]?.text?.hasSuffix(":image/my-web") == true)
            #expect(message["version"]?.text == "1.2.3" && message["buildVersion"]?.integer == 1)
            #expect(message["state"] == ["status": "FAILED", "reason": "no disk"])
            #expect(message["outputResources"] == ["amis": []] && message["packages"] == nil)
        }
    }

    @Test(
        "Logs go below the prefix, by the image's name, version and build",
        arguments: [("", "s3://logs/my-web/1.2.3/1"), ("/a/b/", "s3://logs/a/b/my-web/1.2.3/1")])
    func logs(_ prefix: String, _ expected: String) async throws {
        try await withStore { store, _ in
            let arn = try await build(
                store, .available,
                [
                    "infrastructureConfiguration": [
                        "logging": ["s3Logs": ["s3BucketName": "logs", "s3KeyPrefix": .string(prefix)]]
                    ]
                ])
            let image = try #require(try await store.resource(arn))
            #expect(try BuildLogUpload.place(of: image)?.description == expected)
            let other = try await build(store, .available)
            #expect(try BuildLogUpload.place(of: #require(try await store.resource(other))) == nil)
        }
    }

    @Test("Logs arrive with their folders, and only where somebody wants them", .enabled(if: LocalS3.isInstalled))
    func logsArrive() async throws {
        let server = try await LocalS3.shared()
        try await withStore { store, folder in
            let prefix = "logs-\(UInt32.random(in: 0 ..< .max))"
            let logs = folder.appending("logs")
            try Folders.create(logs.appending("build"))
            try DurableFile.write(Array("step\n".utf8), to: logs.appending("build/step.log"))
            try DurableFile.write(Array("boot\n".utf8), to: logs.appending("console.log"))
            let arn = try await build(
                store, .failed,
                [
                    "infrastructureConfiguration": [
                        "logging": [
                            "s3Logs": ["s3BucketName": .string(LocalS3.bucket), "s3KeyPrefix": .string(prefix)]
                        ]
                    ]
                ])
            let image = try #require(try await store.resource(arn))
            let place = try await BuildLogUpload.send(logs, of: image, settings: server.settings())
            #expect(place?.description == "s3://\(LocalS3.bucket)/\(prefix)/my-web/1.2.3/1")
            let list = try await server.aws("s3", "ls", "--recursive", "s3://\(LocalS3.bucket)/\(prefix)/")
            let keys = list.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
            #expect(
                Set(keys) == ["\(prefix)/my-web/1.2.3/1/build/step.log", "\(prefix)/my-web/1.2.3/1/console.log"])
            let other = try #require(try await store.resource(try await build(store, .available)))
            #expect(try await BuildLogUpload.send(logs, of: other, settings: server.settings()) == nil)
        }
    }
}
