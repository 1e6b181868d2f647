import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage

/// A kiln that goes on when this one ends: in a session of its own, and with a log file for its output.
enum WorkerProcess {
    /// What must not reach it: whoever sweeps would take it for a program of this process, and end it after it.
    private static let own = ["KILN_COMMAND_OWNER", "KILN_ENDS_WITH"]

    /// - Returns: its number. It is this process's child, for `end(of:)` to wait for.
    static func start(_ arguments: [String], log: FilePath) throws(HostFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log.string, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        keepFiles()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)
        var words: [UnsafeMutablePointer<CChar>?] = (["kiln"] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment().map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var process = pid_t(0)
        let number = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &words, &variables)
        guard number == 0 else { throw .systemCall("cannot start a process for the build", errno: number) }
        return process
    }

    /// POSIX_SPAWN_SETSID, which Glibc's headers show to GNU sources alone.
    private static let newSession: Int16 = 0x80

    /// No file or socket of this process goes to a child: a worker that held the server's would keep its port.
    private static func keepFiles() {
        for descriptor in ((try? Folders.names(in: "/proc/self/fd")) ?? []).compactMap(Int32.init) where descriptor > 2
        {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    private static func environment() -> [String] {
        ProcessInfo.processInfo.environment.filter { !own.contains($0.key) }.map { "\($0.key)=\($0.value)" }
    }

    /// - Returns: the exit status of a child that has ended, 128 + signal where a signal ended it; nil: it runs.
    static func end(of process: pid_t) -> Int32? {
        var how: Int32 = 0
        guard waitpid(process, &how, WNOHANG) == process else { return nil }
        return how & 0x7f == 0 ? (how >> 8) & 0xff : 128 + (how & 0x7f)
    }
}

/// Ends this process in order when the one that it works for is gone: whoever reads what it says is gone with it.
enum ParentWatch {
    static let variable = "KILN_ENDS_WITH"

    static func start() {
        guard let text = getenv(variable), let parent = ProcessIdentity(String(cString: text)) else { return }
        Task.detached {
            while !parent.isGone { try? await Task.sleep(for: .seconds(1)) }
            kill(getpid(), SIGINT)
        }
    }
}
