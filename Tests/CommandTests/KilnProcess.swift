import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

/// The `kiln` that was built with these tests, as a child process; one that a test forgets is killed.
final class KilnProcess {
    /// Beside the test bundle.
    static let program = FilePath(
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/"
    ).removingLastComponent().appending("kiln")

    struct Ended {
        var status: Int32
        /// Bytes, of this process alone: ru_maxrss would count what the parent had when it forked.
        var peakMemory: Int
        var output: String
    }

    struct Stuck: Error, CustomStringConvertible {
        var description: String
    }

    let pid: pid_t
    private let log: FilePath
    private var peakMemory = 0
    private var status: Int32?

    /// - Parameter log: where both output streams go, in the order in which they come.
    /// - Parameter results: where standard output goes by itself.
    /// - Parameter becoming: a command that becomes another in the same process, such as setpriv(1).
    init(
        _ arguments: [String], becoming: [String], environment: [String: String], workingDirectory: FilePath,
        log: FilePath, results: FilePath? = nil
    ) throws {
        self.log = log
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log.string, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        if let results {
            posix_spawn_file_actions_addopen(&actions, 1, results.string, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        // env(1) changes the folder and becomes kiln: the same process.
        let line = becoming + ["/usr/bin/env", "-C", workingDirectory.string, Self.program.string] + arguments
        var words = line.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var process = pid_t(0)
        let number = posix_spawn(&process, line[0], &actions, &attributes, &words, &variables)
        guard number == 0 else { throw Stuck(description: "cannot start kiln: \(String(cString: strerror(number)))") }
        pid = process
    }

    deinit {
        guard status == nil else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    var output: String { (try? Folders.read(log)).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    func signal(_ number: Int32) { kill(pid, number) }

    func wait(forOutput text: String, within limit: Duration = .seconds(300)) async throws {
        try await wait(for: "'\(text)' in its output", within: limit) { self.output.contains(text) }
    }

    /// Waits until something is so; a process that ends first, or takes too long, is an error with what it said.
    func wait(
        for what: String, within limit: Duration = .seconds(300), _ condition: () throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + limit
        while try !condition() {
            look()
            if status != nil, try !condition() { throw Stuck(description: "ended before \(what):\n\(output)") }
            guard ContinuousClock.now < end else { throw Stuck(description: "no \(what) within \(limit):\n\(output)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func end(within limit: Duration = .seconds(400)) async throws -> Ended {
        let end = ContinuousClock.now + limit
        while status == nil {
            look()
            guard ContinuousClock.now < end else { throw Stuck(description: "did not end within \(limit):\n\(output)") }
            try await Task.sleep(for: .milliseconds(20))
        }
        return Ended(status: status ?? -1, peakMemory: peakMemory, output: output)
    }

    /// The end as an exit status, 128 + signal where a signal ended it.
    private func look() {
        guard status == nil else { return }
        if let text = try? Folders.read(FilePath("/proc/\(pid)/status")) {
            let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            let kilobytes = line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
            peakMemory = max(peakMemory, kilobytes << 10)
        }
        var how: Int32 = 0
        guard waitpid(pid, &how, WNOHANG) == pid else { return }
        status = how & 0x7f == 0 ? (how >> 8) & 0xff : 128 + (how & 0x7f)
    }
}
