import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Disks

/// Processes that make images on parts, killed at any moment of it: what the next build finds is right, and nothing else is left.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ImageKillTests {
    private let folder: FilePath
    private let home: KilnHome
    private var work: FilePath { folder.appending("work") }

    init() {
        folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        home = KilnHome(data: folder, cache: folder.appending("cache"))
    }

    /// What a process has said, killed after some milliseconds or at its own end.
    private func said(_ count: Int?, killedAfter milliseconds: Int?) async throws -> [String] {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(
            "LayerKeeper")
        process.arguments = ["images", folder.string] + (count.map { ["\($0)"] } ?? [])
        process.standardOutput = output
        try process.run()
        if let milliseconds {
            try await Task.sleep(for: .milliseconds(milliseconds))
            kill(process.processIdentifier, SIGKILL)
        }
        // Programs that it has started may hold the pipe's other end: they are ended as the next kiln does.
        process.waitUntilExit()
        HostCommand.endOrphans()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let isKilled = process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
        #expect(isKilled == (milliseconds != nil) && (isKilled || process.terminationStatus == 0))
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// As the next build does it: the folder of the one that was killed, an image that it has named and not finished, drafts, parts.
    private func sweep(unfinished: Set<String>) async throws {
        try Folders.remove(work)
        for digest in unfinished { try Folders.remove(home.images.appending("sha256-\(digest)")) }
        let library = ImageLibrary(home: home)
        do {
            let lock = try await library.lock(for: "a test")
            try library.sweepDrafts()
            withExtendedLifetime(lock) {}
        }
        try await ImageParts(home: home).sweep()
    }

    private func expectSound(_ images: [String: String], _ looked: inout Set<String>) async throws {
        let names = try Folders.names(in: home.images)
        #expect(Set(names) == Set(images.keys.map { "sha256-\($0)" } + ["sha256-parent"]))
        let used = ImageBase.filesInUse(home: home)
        for part in try Folders.names(in: home.parts) {
            #expect(used.contains(home.parts.appending(part).appending("disk.qcow2").string), "\(part) is nobody's")
        }
        // Each is looked at when it is new; what comes later must not have changed what it reads from.
        for (digest, content) in images where looked.insert(digest).inserted { try await check(digest, content) }
    }

    private func check(_ digest: String, _ content: String) async throws {
        let image = try #require(try await FrozenImage.find(digest, home: home), "\(digest) is not whole")
        try await QemuImage.check(image.disk, format: "qcow2")
        let raw = folder.appending("shown.raw")
        try await HostCommand("qemu-img", ["convert", "-O", "raw", image.disk.string, raw.string]).run()
        #expect(try FileDigest.sha256(raw).digest == content)
    }

    @Test(
        "Killed while parts are made, images put on them and removed: images show what their layers did, and nothing else is left"
    )
    func sound() async throws {
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        var images: [String: String] = [:]
        var looked: Set<String> = []
        var made = 0
        for turn in 0..<22 {
            // The first makes the layers; the last is a build that nobody kills.
            let isWhole = turn == 0 || turn == 21
            let lines = try await said(isWhole ? 1 : nil, killedAfter: isWhole ? nil : Int.random(in: 50...900))
            var unfinished: Set<String> = []
            for words in lines.map({ $0.split(separator: " ").map(String.init) }) {
                switch words[0] {
                case "?": unfinished.insert(words[1])
                case "-":
                    images[words[1]] = nil
                    unfinished.insert(words[1])
                default:
                    images[words[0]] = words[1]
                    unfinished.remove(words[0])
                    made += 1
                }
            }
            try await sweep(unfinished: unfinished)
            try await expectSound(images, &looked)
        }
        #expect(made > 2)
        for (digest, content) in images { try await check(digest, content) }
    }
}
