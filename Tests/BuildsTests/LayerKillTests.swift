import Disks
import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// Processes that keep layers and are killed at any moment of it; what they leave is what the next build trusts.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LayerKillTests {
    /// Keeps layers for some milliseconds.
    ///
    /// - Returns: the keys that it was told are kept.
    private func killed(in folder: FilePath, _ arguments: [String], after milliseconds: Int) async throws -> [String] {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(
            "LayerKeeper")
        process.arguments = [folder.string] + arguments
        process.standardOutput = output
        try process.run()
        try await Task.sleep(for: .milliseconds(milliseconds))
        kill(process.processIdentifier, SIGKILL)
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        // A line without its end was not told yet.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// After a sweep each layer is what its record says, on one that is there, and nothing else is left.
    private func expectSound(_ store: LayerStore, _ notes: [String]) throws {
        #expect(notes == [])
        let records = try store.all()
        let keys = Set(records.map(\.key))
        #expect(try Set(store.names()) == keys)
        for record in records {
            #expect(try FileDigest.sha256(store.place(record.key).disk).digest == record.digest)
            #expect(record.support == "parent:p" || keys.contains(record.support))
            let lock = try FileLock.tryAcquire(store.place(record.key).lock)
            #expect(lock != nil)
        }
    }

    private func withStore(_ body: (LayerStore, FilePath) async throws -> Void) async throws {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        defer { try? Folders.remove(folder) }
        try Folders.create(folder)
        try await body(LayerStore(home: KilnHome(data: folder, cache: folder.appending("cache"))), folder)
    }

    @Test("Killed while layers are made, replaced and dropped: each that is left is whole")
    func sound() async throws {
        try await withStore { store, folder in
            var count = 0
            for turn in 0..<50 {
                count += try await killed(in: folder, ["200000"], after: 30 + turn * 7).count
                try expectSound(store, try await store.sweep())
            }
            #expect(count > 20)
        }
    }

    @Test("A layer that was kept before the kill is there after it")
    func durable() async throws {
        try await withStore { store, folder in
            var kept: Set<String> = []
            for turn in 0..<20 {
                kept.formUnion(try await killed(in: folder, [], after: 30 + turn * 17))
                try expectSound(store, try await store.sweep())
                #expect(try kept.isSubset(of: store.names()))
            }
            #expect(kept.count > 5)
        }
    }
}
