import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Store

@Suite struct KillTests {
    /// What a writer that was killed had been told was written.
    private struct Acknowledged {
        var made: [String] = []
        /// The last state of each build.
        var states: [String: ImageState] = [:]

        init(_ output: Data) {
            // The last line may be cut off.
            let text = String(decoding: output, as: UTF8.self)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.split(separator: " ").map(String.init)
                guard words.count == 2 else { continue }
                if let state = ImageState(rawValue: words[0]) {
                    states[words[1]] = state
                } else {
                    made.append(words[1])
                }
            }
        }
    }

    @Test(
        "Of 200 writers that are killed, every acknowledged write is there, and the store opens each time",
        .timeLimit(.minutes(5)))
    func killed() async throws {
        try await withScratchFolder { folder in
            var (made, states) = (0, 0)
            for round in 0..<200 {
                // Every tenth has a new file, and is killed while it makes it, or soon after.
                let file = folder.appending("\(round / 10).db")
                let output = try await kill(file, round, after: round % 10 == 0 ? 0...30_000 : 25_000...90_000)
                let acknowledged = Acknowledged(output)
                let store = try await KilnStore.open(at: file)
                for arn in acknowledged.made {
                    let found = try await store.resource(arn)
                    #expect(found?.tags == ["round": "\(round)"], "\(arn)")
                }
                for (image, state) in acknowledged.states {
                    let build = try #require(try await store.build(image), "\(image)")
                    // The next may have been written and not told of.
                    #expect(build.state == state || state.canBecome(build.state), "\(image) \(state)")
                    #expect(try await store.events(after: 0, subject: image).contains { $0.kind == .imageState })
                }
                // Whoever had a claim is known to be gone.
                let abandoned = try await store.abandonedBuilds()
                #expect(abandoned.count <= 1)
                for build in abandoned { _ = try await store.requeue(build.image, reason: "killed") }
                if round % 10 == 9 { try await store.check() }
                await store.close()
                (made, states) = (made + acknowledged.made.count, states + acknowledged.states.count)
            }
            #expect(made > 200 && states > 50, "\(made) \(states)")
        }
    }

    /// Starts a writer, kills it, and tells what it has printed.
    private func kill(_ file: FilePath, _ round: Int, after microseconds: ClosedRange<UInt32>) async throws -> Data {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(
            "StoreWriter")
        process.arguments = [file.string, "\(round)"]
        let log = file.removingLastComponent().appending("log")
        try DurableFile.write([], to: log)
        process.standardOutput = FileHandle(forWritingAtPath: log.string)
        try process.run()
        try await Task.sleep(for: .microseconds(UInt32.random(in: microseconds)))
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal, "the writer ended by itself")
        return Data(try Folders.read(log))
    }
}
