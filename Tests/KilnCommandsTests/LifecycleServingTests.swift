import AWSClient
import Disks
import Documents
import Foundation
import HostSystem
import LocalMoto
import Store
import Synchronization
import SystemPackage
import Testing

@testable import Builds
@testable import ImageBuilderAPI
@testable import KilnCommands

@Suite struct LifecycleServingTests {
    private func withStore(
        clock: @escaping @Sendable () -> Date = { Date() }, _ body: (KilnStore, KilnHome) async throws -> Void
    ) async throws {
        let folder = FilePath("/tmp/kiln-serving-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let home = KilnHome(data: folder, cache: folder.appending("cache"))
        let store = try await KilnStore.open(at: home.database, account: Account(), clock: clock)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(store, home)) } catch { outcome = .failure(error) }
        await store.close()
        try outcome.get()
    }

    private func image(
        _ store: KilnStore, _ name: String = "My Web", document: JSONValue = [:], state: Store.ImageState = .available
    ) async throws -> String {
        try await store.create(
            NewResource(
                .image, name: name, version: ResourceVersion(1, 2, 3), document: Data(document.bytes),
                state: state.rawValue)
        ).arn
    }

    // MARK: Disks

    /// An image with its build and its file.
    private func built(_ store: KilnStore, _ home: KilnHome, _ build: String, on base: String? = nil) async throws -> (
        arn: String, file: FilePath
    ) {
        let digest = String(repeating: String(build.suffix(1)), count: 64)
        let folder = BuildFolder(home: home, id: build)
        try Folders.create(folder.path)
        try folder.save(
            BuildRecord(
                id: build, state: .available, recipe: "My Web", version: "1.2.3", plan: "p", image: digest,
                started: Date(timeIntervalSince1970: 1)))
        let file = home.images.appending("sha256-\(digest)").appending("disk.qcow2")
        try Folders.create(file.removingLastComponent())
        try DurableFile.write(Array("disk".utf8), to: file)
        if let base {
            let digest = String(repeating: String(base.suffix(1)), count: 64)
            let disk = home.images.appending("sha256-\(digest)").appending("disk.qcow2")
            try JSONRecord.write(
                ImageBase(disk: disk.string, digest: digest),
                to: file.removingLastComponent().appending("base.json"))
        }
        let document: JSONValue = ["kiln": ["build": .string(build), "image": .string(digest)]]
        return (try await image(store, document: document), file)
    }

    @Test("A policy removes images with their files, but for one that another lies on; a state update disables another")
    func disks() async throws {
        try await withStore { store, home in
            let base = try await built(store, home, "b-1")
            let free = try await built(store, home, "b-2")
            let top = try await built(store, home, "b-3", on: "b-1")
            let policy: JSONValue = [
                "resourceType": "AMI_IMAGE",
                "resourceSelection": ["recipes": [["name": "my web", "semanticVersion": "x.x.x"]]],
                "policyDetails": [["action": ["type": "DELETE"], "filter": ["type": "COUNT", "value": 1]]],
            ]
            let arn = try await store.create(
                NewResource(.lifecyclePolicy, name: "old", document: Data(policy.bytes), state: "ENABLED")
            ).arn
            let runner = LifecycleRunner(
                store: store,
                holdings: ServedHoldings(home: home, touchesAWS: false, settings: { throw CancellationError() }))
            try await runner.look()
            let execution = try #require(try await store.lifecycleExecutions(of: arn, limit: 9).items.first)
            #expect(execution.status == .failed)
            #expect(try await store.resource(base.arn)?.state == "AVAILABLE")
            #expect(Folders.exists(base.file) && Folders.exists(top.file) && !Folders.exists(free.file))
            #expect(try await store.resource(free.arn) == nil)
            let reason = try await store.lastEntry(of: base.arn).map { String(decoding: $0.document, as: UTF8.self) }
            #expect(reason?.contains("is the base of My Web 1.2.3") == true, "\(reason ?? "")")

            let library = ImageLibrary(home: home)
            #expect(library.built("my-web") != nil)
            for (build, image) in [("b-1", base), ("b-3", top)] {
                let request: JSONValue = ["state": ["status": "DISABLED"], "includeResources": ["amis": true]]
                _ = try await store.beginLifecycle(of: image.arn, request: Data(request.bytes))
                try await runner.look()
                #expect(try await store.resource(image.arn)?.state == "DISABLED", "\(build)")
            }
            #expect(library.built("my-web") == nil)
        }
    }

    // MARK: AWS

    private func registered(_ server: LocalMoto, region: String = "eu-central-1") async throws -> OutputAMI {
        let answer = try await server.aws(
            "ec2", "register-image", "--name", "kiln-\(UUID().uuidString.prefix(8))", region: region)
        let id = try #require(try JSONValue(parsing: Array(answer.utf8))["ImageId"]?.text)
        return OutputAMI(id: id, region: region, account: LocalMoto.account)
    }

    private func holdings(_ server: LocalMoto, _ home: KilnHome) -> ServedHoldings {
        ServedHoldings(home: home, touchesAWS: true, settings: { try server.settings() })
    }

    @Test(
        "An AMI is deprecated, disabled, given back and deleted with its snapshot", .enabled(if: LocalMoto.isInstalled))
    func amis() async throws {
        let server = try await LocalMoto.shared()
        try await withStore { _, home in
            let holdings = holdings(server, home)
            let ami = try await registered(server, region: "eu-west-1")
            func facts() async throws -> AMIFacts? { try await holdings.facts(of: ami, forExclusions: false) }
            let fresh = try #require(try await facts())
            #expect(fresh.state == "available" && !fresh.isDeprecated && !fresh.isPublic)
            let snapshot = try #require(fresh.snapshots.first)
            try await holdings.carryOut(.deprecate, on: ami, fresh, at: nil)
            #expect(try await facts()?.isDeprecated == true)
            let later = try #require(UTC.parseExtended("2090-01-02T03:04:00Z"))
            try await holdings.carryOut(.deprecate, on: ami, fresh, at: later)
            #expect(
                try await server.aws("ec2", "describe-images", "--image-ids", ami.id, region: ami.region)
                    .contains("2090-01-02T03:04:00"))
            try await holdings.carryOut(.disable, on: ami, fresh, at: nil)
            let disabled = try #require(try await facts())
            #expect(disabled.state == "disabled" && disabled.isDeprecated)
            try await holdings.carryOut(.disable, on: ami, disabled, at: nil)
            try await holdings.carryOut(.available, on: ami, disabled, at: nil)
            let back = try #require(try await facts())
            #expect(back.state == "available" && !back.isDeprecated)
            // While the AMI is there, EC2 keeps its snapshot.
            await #expect(throws: AWSFailure.self) { try await holdings.delete(snapshot: snapshot, of: ami) }
            for _ in 0..<2 {
                try await holdings.carryOut(.delete, on: ami, back, at: nil)
                try await holdings.delete(snapshot: snapshot, of: ami)
            }
            #expect(try await facts() == nil)
            let left = try await server.aws("ec2", "describe-snapshots", "--owner-ids", "self", region: "eu-west-1")
            #expect(!left.contains(snapshot))
        }
    }

    @Test("What exclusions ask for is known: tags, accounts, the last launch", .enabled(if: LocalMoto.isInstalled))
    func exclusions() async throws {
        let server = try await LocalMoto.shared()
        try await withStore { _, home in
            let holdings = holdings(server, home)
            let ami = try await registered(server)
            #expect(try await holdings.facts(of: ami, forExclusions: true)?.lastLaunched == nil)
            try await server.aws(
                "ec2", "modify-image-attribute", "--image-id", ami.id, "--launch-permission",
                "Add=[{UserId=111122223333}]")
            try await server.aws(
                "ec2", "create-tags", "--resources", ami.id, "--tags",
                "Key=moto:last-launched,Value=2026-11-01T02:03:04Z")
            let facts = try #require(try await holdings.facts(of: ami, forExclusions: true))
            #expect(facts.sharedWith == ["111122223333"])
            #expect(facts.lastLaunched == UTC.parseExtended("2026-11-01T02:03:04Z"))
            #expect(facts.tags["moto:last-launched"] != nil)
        }
    }

    @Test(
        "An AMI of another account is reached by the role that Image Builder has there",
        .enabled(if: LocalMoto.isInstalled))
    func otherAccount() async throws {
        let server = try await LocalMoto.shared()
        try await withStore { _, home in
            let holdings = holdings(server, home)
            let own = try await registered(server)
            let there = OutputAMI(id: own.id, region: own.region, account: "222233334444")
            #expect(try await holdings.facts(of: there, forExclusions: false) == nil)
            #expect(try await holdings.facts(of: own, forExclusions: false) != nil)
        }
    }

    // MARK: Retention

    @Test("The logs of builds go that are gone, and no others")
    func logs() async throws {
        try await withStore { store, home in
            let kept = try await image(store)
            let gone = try await image(store)
            for arn in [kept, gone] {
                let folder = ExecutionFolder(home: home, image: try ResourceARN(arn))
                try folder.create()
                try DurableFile.write(Array("log\n".utf8), to: folder.log)
            }
            let retention = ServedRetention(
                store: store, home: home, cursors: home.data.appending("serve"), log: { _ in })
            try await retention.look()
            #expect(try Folders.names(in: home.data.appending("executions")).count == 2)
            try await store.delete(gone)
            try await retention.look()
            let left = ExecutionFolder(home: home, image: try ResourceARN(kept))
            #expect(try Folders.names(in: home.data.appending("executions")) == [left.path.lastComponent?.string])
            #expect(Folders.exists(left.log))
        }
    }

    @Test("Events that a feed has not sent stay, however many others have read them")
    func feeds() async throws {
        let start = Date(timeIntervalSince1970: 1_800_000_000)
        let clock = MovedDate(start)
        try await withStore(clock: { clock.now }) { store, home in
            let cursors = home.data.appending("serve")
            try Folders.create(cursors)
            func cursor(_ name: String) -> EventCursor { EventCursor(file: cursors.appending(name)) }
            let (slow, quick) = (cursor("events-webhook.json"), cursor("events-file.json"))
            try await slow.begin(store)
            try await quick.begin(store)
            for _ in 0..<3 { _ = try await image(store) }
            struct Unreachable: Error {}
            // It is sent the first, and no more.
            await #expect(throws: Unreachable.self) {
                try await slow.forEach(store) { event in if event.sequence > 1 { throw Unreachable() } }
            }
            try await quick.forEach(store) { _ in }
            clock.advance(by: 40 * 24 * 3600)
            let retention = ServedRetention(store: store, home: home, cursors: cursors, log: { _ in })
            try await retention.look()
            #expect(try await store.events(after: 0).map(\.sequence) == [2, 3])
            try await slow.forEach(store) { _ in }
            try await retention.look()
            #expect(try await store.events(after: 0).map(\.sequence) == [3])
        }
    }

    // MARK: Parents

    @Test("A deprecated image can be built on where none is available, a disabled one cannot")
    func parents() async throws {
        try await withStore { store, home in
            let parent = try await image(store, "base", document: ["kiln": ["build": "b-1"]])
            let recipe: JSONValue = [
                "name": "child", "version": "1.0.0", "components": [],
                "parentImage": "arn:aws:imagebuilder:us-east-1:123456789012:image/base/x.x.x",
            ]
            let child = try await image(store, "child", document: ["imageRecipe": recipe], state: .pending)
            let resource = try #require(try await store.resource(child))
            let documents = ExecutionDocuments(
                store: store, home: home, image: resource, folder: home.data.appending("documents"))
            func refusal() async throws -> String? {
                do { _ = try await documents.write() } catch let refusal as ExecutionDocuments.Refusal {
                    return refusal.message
                }
                return nil
            }
            // Its build is not here: it was looked for.
            #expect(try await refusal()?.contains("is not on this machine") == true)
            _ = try await store.transition(parent, to: .deprecated)
            #expect(try await refusal()?.contains("is not on this machine") == true)
            _ = try await store.transition(parent, to: .disabled)
            #expect(try await refusal()?.contains("is DISABLED") == true)
            _ = try await image(store, "base", document: [:])
            #expect(try await refusal() == nil)
        }
    }
}

private final class MovedDate: Sendable {
    private let value: Mutex<Date>

    init(_ date: Date) { value = Mutex(date) }

    var now: Date { value.withLock { $0 } }
    func advance(by seconds: Double) { value.withLock { $0 = $0.addingTimeInterval(seconds) } }
}
