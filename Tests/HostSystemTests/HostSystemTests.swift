import Failures
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
}

@Suite struct DurationTests {
    @Test("Seconds are printed as a person would", arguments: [(90.0, "90 s"), (2.5, "2.5 s"), (0.04, "0 s")])
    func printing(seconds: Double, text: String) {
        #expect(Duration.seconds(seconds).inSeconds == text)
    }
}
