import Components
import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// Which layers a build takes, and which it doesn't.
@Suite struct LayerSessionTests {
    private static let all = ["AAA is kept", "BBB is kept", "CCC is kept"]

    private func plan(
        _ bench: LayerBench, b: String = "two", cache: String = "", parent: String? = nil
    ) throws -> BuildPlan { try bench.plan(["AAA": "one", "BBB": b, "CCC": "three"], cache: cache, parent: parent) }

    @Test("Everything is taken but from the first component on that differs, or that somebody asks for")
    func prefix() async throws {
        try await LayerBench.with { bench in
            #expect(
                try await bench.look(try plan(bench)) == [
                    "AAA: it has not been built here", "BBB: what it lies on has changed",
                    "CCC: what it lies on has changed",
                ])
            #expect(try await bench.make(try await bench.session(try plan(bench))) == 3)
            #expect(try await bench.look(try plan(bench)) == Self.all)
            let rest = ["BBB: it has not been built here", "CCC: what it lies on has changed"]
            #expect(try await bench.look(try plan(bench, b: "other")) == [Self.all[0]] + rest)
            for from in ["BBB", "2"] {
                let said = try await bench.look(try plan(bench), LayerOptions(from: from))
                #expect(said == [Self.all[0], "BBB: --from \(from)", "CCC: what it lies on has changed"])
            }
            let none = try await bench.look(try plan(bench), LayerOptions(usesKept: false))
            #expect(none.first == "AAA: --no-cache" && none.count == 3)
            for from in ["0", "4", "D"] {
                let error = await #expect(throws: BuildFailure.self) {
                    try await bench.look(try plan(bench), LayerOptions(from: from))
                }
                #expect(error?.message.contains("no component '\(from)'") == true)
            }
        }
    }

    @Test("Made anew, a component takes the place of its layer, with what lies on it")
    func again() async throws {
        try await LayerBench.with { bench in
            try await bench.make(try await bench.session(try plan(bench)))
            let session = try await bench.session(try plan(bench), LayerOptions(from: "BBB"))
            #expect(try await session.kept(earlier: []) { _, _, _ in }.count == 1)
            // While that build lives and has made B, C is gone.
            let key = try #require(session.ingredients[1]?.key)
            let draft = try #require(try await session.draft(1, obstacle: nil))
            #expect(try bench.store.all().map(\.component) == ["AAA"])
            #expect(draft.key == key)
        }
    }

    @Test("The settings say how long: never, or for a time; both hold for what lies above")
    func policies() async throws {
        try await LayerBench.with { bench in
            try await bench.make(try await bench.session(try plan(bench)))
            let never = try await bench.look(try plan(bench, cache: "BBB: never"))
            #expect(
                never == [
                    Self.all[0], "BBB: the settings say that it is never kept", "CCC: what it lies on has changed",
                ])
            #expect(try await bench.look(try plan(bench, cache: "BBB: 1h")) == Self.all)
            try await Task.sleep(for: .seconds(2))
            let old = try await bench.look(try plan(bench, cache: "BBB: 1s"))
            #expect(old[1] == "BBB: what is kept of it is too old by the settings")
            // Nothing of such a build is kept from there on.
            let session = try await bench.session(try plan(bench, cache: "BBB: never"), LayerOptions(usesKept: false))
            #expect(try await bench.make(session) == 1)
        }
    }

    @Test("A layer that is not what was kept is dropped, with what lies on it", arguments: ["byte", "end", "backing"])
    func damage(_ kind: String) async throws {
        try await LayerBench.with { bench in
            let session = try await bench.session(try plan(bench))
            try await bench.make(session)
            session.release()
            let disk = bench.store.place(try #require(session.ingredients[1]).key).disk
            if kind == "backing" {
                try await HostCommand(
                    "qemu-img",
                    ["rebase", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", bench.parent.string, disk.string]
                ).run()
            } else {
                let time = try FileManager.default.attributesOfItem(atPath: disk.string)[.modificationDate]
                let file = try FileHandle(forUpdating: URL(fileURLWithPath: disk.string))
                let size = try file.seekToEnd()
                if kind == "byte" {
                    try file.seek(toOffset: size / 2)
                    try file.write(contentsOf: Data([0x5A]))
                } else {
                    try file.truncate(atOffset: size - 1)
                }
                try file.close()
                try FileManager.default.setAttributes([.modificationDate: time as Any], ofItemAtPath: disk.string)
            }
            let said = try await bench.look(try plan(bench))
            #expect(said == [Self.all[0], "BBB: what was kept of it is damaged", "CCC: what it lies on has changed"])
            #expect(try bench.store.all().map(\.component) == ["AAA"])
        }
    }

    @Test("A parent's disk that is not what it is known by: nothing on it is taken or kept")
    func parent() async throws {
        try await LayerBench.with { bench in
            let known = try FileDigest.sha256(bench.parent).digest
            try await bench.make(try await bench.session(try plan(bench)))
            // The same length and time, other content.
            let time = try FileManager.default.attributesOfItem(atPath: bench.parent.string)[.modificationDate]
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: bench.parent.string))
            try file.seek(toOffset: 100_000)
            let before = try #require(try file.read(upToCount: 1))
            func write(_ data: Data) throws {
                try file.seek(toOffset: 100_000)
                try file.write(contentsOf: data)
                try FileManager.default.setAttributes(
                    [.modificationDate: time as Any], ofItemAtPath: bench.parent.string)
            }
            try write(Data([0x5A]))
            let said = try await bench.look(try plan(bench, parent: known))
            #expect(said.first == "AAA: the parent's disk is not what it was")
            let session = try await bench.session(try plan(bench, parent: known), LayerOptions(usesKept: false))
            #expect(try await bench.make(session) == 0)
            // As it was, all is as it was.
            try write(before)
            #expect(try await bench.look(try plan(bench, parent: known)) == Self.all)
            // Another parent has layers of its own.
            #expect(try await bench.look(try plan(bench, parent: "other")).first == "AAA: it has not been built here")
        }
    }

    @Test("What was fetched is compared: changed, gone, new where nothing was, another list")
    func inputs() async throws {
        try await LayerBench.with { bench in
            func write(_ name: String, _ text: String) throws {
                try DurableFile.write(Array(text.utf8), to: bench.bucket.appending(name))
            }
            try write("b", "one")
            let session = try await bench.session(try plan(bench))
            try await bench.make(session) { index in
                guard index == 1, let origins = session.origins else { return }
                let file = bench.root.appending("fetched")
                try await origins.fetch(.s3(S3Address(bucket: "bucket", key: "b"), expectedOwner: nil), to: file)
                try? await origins.fetch(.s3(S3Address(bucket: "bucket", key: "later"), expectedOwner: nil), to: file)
                _ = try await origins.list(S3Address(bucket: "bucket", key: "list"), limit: 9, expectedOwner: nil)
            }
            session.release()
            func second() async throws -> String { try await bench.look(try plan(bench))[1] }
            #expect(try await second() == "BBB is kept")
            try write("b", "two")
            #expect(try await second() == "BBB: s3://bucket/b has changed")
            try Folders.remove(bench.bucket.appending("b"))
            #expect(try await second() == "BBB: s3://bucket/b has changed")
            try write("b", "one")
            #expect(try await second() == "BBB is kept")
            try write("later", "")
            #expect(try await second() == "BBB: s3://bucket/later has changed")
            try Folders.remove(bench.bucket.appending("later"))
            try write("list-1", "")
            #expect(try await second() == "BBB: s3://bucket/list has changed")
        }
    }

    @Test(
        "What a component stores elsewhere, or could not reach, keeps it from being kept, unless the settings want it")
    func obstacles() async throws {
        try await LayerBench.with { bench in
            func make(_ cache: String, _ work: @escaping (any FileOrigins) async throws -> Void) async throws -> Int {
                let session = try await bench.session(try plan(bench, cache: cache), LayerOptions(usesKept: false))
                defer { session.release() }
                return try await bench.make(session) { index in
                    if index == 1, let origins = session.origins { try await work(origins) }
                }
            }
            let place = S3Address(bucket: "bucket", key: "report")
            let stored = try await make("") { try await $0.store(bench.parent, at: place, expectedOwner: nil) }
            #expect(stored == 1)
            let wanted = try await make("BBB: always") {
                try await $0.store(bench.parent, at: place, expectedOwner: nil)
            }
            #expect(wanted == 3)
            let file = bench.root.appending("fetched")
            let missing = FileOrigin.web("https://example.org/x", ignoringCertificateErrors: false)
            let unreachable = try await make("") { try? await $0.fetch(missing, to: file) }
            #expect(unreachable == 1)
        }
    }

    @Test("A build that makes what another uses keeps its own, and the other's stays")
    func busy() async throws {
        try await LayerBench.with { bench in
            try await bench.make(try await bench.session(try plan(bench)))
            let user = try await bench.session(try plan(bench))
            #expect(try await user.kept(earlier: []) { _, _, _ in }.count == 3)
            let digests = try bench.store.all().map(\.digest)
            let other = try await bench.session(try plan(bench), LayerOptions(usesKept: false))
            #expect(try await bench.make(other) == 0)
            #expect(try bench.store.all().map(\.digest) == digests)
            user.release()
        }
    }
}
