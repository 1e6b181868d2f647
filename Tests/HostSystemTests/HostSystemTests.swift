import Failures
import Foundation
import Glibc
import SystemPackage
import Testing

@testable import HostSystem

/// A folder that is gone after the test.
func withScratchFolder<T>(_ body: (FilePath) async throws -> T) async throws -> T {
    let folder = FilePath("/tmp/kiln-test-\(getpid())-\(UInt64.random(in: 0 ..< .max))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    return try await body(folder)
}

@Suite struct DurableFileTests {
    @Test("A file is replaced whole, and no temporary file is left")
    func replaces() async throws {
        try await withScratchFolder { folder in
            let path = folder.appending("state.json")
            try DurableFile.write(Array("one".utf8), to: path)
            try DurableFile.write(Array("two".utf8), to: path)
            #expect(try Folders.read(path) == Array("two".utf8))
            #expect(try Folders.names(in: folder) == ["state.json"])
        }
    }

    @Test("A folder that does not exist is named in the error")
    func missingFolder() async throws {
        let error = #expect(throws: HostFailure.self) {
            try DurableFile.write([1], to: "/nonexistent-kiln/x")
        }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("/nonexistent-kiln") == true)
    }
}

@Suite struct FileWatchTests {
    @Test("A file that is written, replaced, or gone for a while has changed once; until then it has not")
    func changes() async throws {
        try await withScratchFolder { folder in
            let (one, other) = (folder.appending("one"), folder.appending("other"))
            try DurableFile.write([1], to: one)
            try DurableFile.write([1], to: other)
            let watch = FileWatch([one, other])
            func isQuiet() async throws -> Bool {
                do {
                    try await withDeadline(.milliseconds(700), for: "a change") { try await watch.change() }
                    return false
                } catch let failure as HostFailure where failure.code == .timedOut {
                    return true
                }
            }
            #expect(try await isQuiet())
            try DurableFile.write([1, 2], to: other)
            try await watch.change()
            try FileManager.default.removeItem(atPath: one.string)
            #expect(try await isQuiet())
            try FileHandle(forWritingTo: URL(fileURLWithPath: other.string)).write(contentsOf: [3])
            #expect(try await isQuiet())
            try DurableFile.write([4, 5, 6], to: one)
            try await watch.change()
            #expect(try await isQuiet())
        }
    }
}

@Suite struct FileLockTests {
    @Test("A lock is refused while held and given once released")
    func exclusive() async throws {
        try await withScratchFolder { folder in
            let path = folder.appending("lock")
            var first = try FileLock.tryAcquire(path)
            #expect(first != nil)
            #expect(try FileLock.tryAcquire(path) == nil)
            first = nil
            #expect(try FileLock.tryAcquire(path) != nil)
        }
    }
}

@Suite struct HostCommandTests {
    @Test("Standard output comes back; a failure carries the status and what was said")
    func outputAndFailure() async throws {
        #expect(try await HostCommand("echo", ["one two"]).run() == "one two\n")
        let error = await #expect(throws: HostFailure.self) {
            try await HostCommand("sh", ["-c", "echo broken >&2; exit 3"]).run()
        }
        #expect(error?.code == .commandFailed)
        #expect(error?.message == "sh failed with status 3: broken")
    }

    @Test("A program that is not there names its package")
    func missing() async throws {
        let error = await #expect(throws: HostFailure.self) {
            try await HostCommand("no-such-program", [], package: "some-package").run()
        }
        #expect(error?.code == .missingProgram)
        #expect(error?.hint == "apt-get install some-package")
    }

    @Test("A program over its limit is ended and the error says so")
    func bounded() async throws {
        let error = await #expect(throws: HostFailure.self) {
            try await HostCommand("sleep", ["600"], limit: .milliseconds(200)).run()
        }
        #expect(error?.code == .timedOut)
    }

    @Test("What a program has started ends with it, also where both ignore SIGTERM")
    func group() async throws {
        try await withScratchFolder { folder in
            let pid = folder.appending("pid")
            let script = "trap '' TERM; sleep 600 & echo $! > \(pid); wait"
            await #expect(throws: HostFailure.self) {
                try await HostCommand("sh", ["-c", script], limit: .seconds(1), grace: .milliseconds(200)).run()
            }
            let text = String(decoding: try Folders.read(pid), as: UTF8.self).filter(\.isNumber)
            let child = try #require(pid_t(text))
            for _ in 0..<50 where ProcessIdentity(of: child) != nil { try await Task.sleep(for: .milliseconds(20)) }
            #expect(ProcessIdentity(of: child) == nil)
        }
    }
}

@Suite struct DurationTests {
    @Test("Seconds are printed as a person would", arguments: [(90.0, "90 s"), (2.5, "2.5 s"), (0.04, "0 s")])
    func printing(seconds: Double, text: String) {
        #expect(Duration.seconds(seconds).inSeconds == text)
    }
}

@Suite struct ProcessIdentityTests {
    @Test("A process is known by more than its number")
    func identity() throws {
        let own = ProcessIdentity.current
        #expect(ProcessIdentity("\(own)") == own)
        #expect(!own.isGone)
        var parts = "\(own)".split(separator: "-").map(String.init)
        parts[3] = "1"  // The same number, started at another time.
        #expect(ProcessIdentity(parts.joined(separator: "-"))?.isGone == true)
        parts[1] = "1"  // Another namespace's numbers are not ours to judge.
        #expect(ProcessIdentity(parts.joined(separator: "-"))?.isGone == false)
        parts[0] = "00000000"  // A boot that is over.
        #expect(ProcessIdentity(parts.joined(separator: "-"))?.isGone == true)
        #expect(ProcessIdentity("1-2-3") == nil)
        #expect(ProcessIdentity("a-1-x-5") == nil)
    }

    @Test("A program of a process that is gone is ended with its group, one of a live process is not")
    func orphans() async throws {
        let gone = "00000000-1-4711-1"
        let orphan = Process()
        orphan.executableURL = URL(fileURLWithPath: "/bin/sleep")
        orphan.arguments = ["300"]
        orphan.environment = [HostCommand.ownerVariable: gone]
        try orphan.run()
        defer { orphan.terminate() }
        async let mine = HostCommand("sleep", ["1"]).output()
        HostCommand.endOrphans()
        orphan.waitUntilExit()
        #expect(orphan.terminationReason == .uncaughtSignal)
        #expect(try await mine.status == 0)
    }
}

@Suite struct RemovedLockTests {
    @Test("A lock on a file that was removed meanwhile is no lock")
    func removed() throws {
        let folder = FilePath("/var/tmp/kiln-lock-\(getpid())")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let file = folder.appending("lock")
        let first = try #require(try FileLock.tryAcquire(file))
        #expect(try FileLock.tryAcquire(file) == nil)
        unlink(file.string)
        let second = try #require(try FileLock.tryAcquire(file))
        withExtendedLifetime((first, second)) {}
        #expect(try FileStamp(of: file).bytes == 0)
    }
}
