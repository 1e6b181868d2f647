import Foundation
import Glibc
import HostSystem
import SystemPackage

/// A folder for one run of the bench, which nothing of the run outlives: not its files, nor the programs that work in it.
///
/// A bench that was killed leaves both; the next one ends them. The lock tells which is which.
struct BenchFolder {
    let path: FilePath
    private let lock: FileLock

    /// Short, for libvirt's sockets lie below it.
    private static let prefix = "kb-"

    /// Runs `body` with a folder that is gone afterwards.
    static func with(_ parent: String, _ body: (FilePath) async throws -> Void) async throws {
        try sweep(parent)
        let folder = try BenchFolder(parent)
        defer { folder.remove() }
        try await body(folder.path)
    }

    private init(_ parent: String) throws {
        path = FilePath(parent).appending("\(Self.prefix)\(getpid())")
        try Folders.create(path)
        guard let lock = try FileLock.tryAcquire(path.appending("lock")) else {
            throw BenchFailure("another bench has \(path)")
        }
        self.lock = lock
    }

    private init(of path: FilePath, _ lock: FileLock) {
        self.path = path
        self.lock = lock
    }

    private static func sweep(_ parent: String) throws {
        let names = try Folders.names(in: FilePath(parent))
        for path in names.filter({ $0.hasPrefix(prefix) }).map({ FilePath(parent).appending($0) }) {
            guard Folders.exists(path.appending("lock")), let lock = try FileLock.tryAcquire(path.appending("lock"))
            else { continue }
            BenchFolder(of: path, lock).remove()
        }
    }

    private func remove() {
        // One that is just being ended may start another.
        for _ in 0..<5 where endPrograms() { usleep(200_000) }
        try? Folders.remove(path)
    }

    /// QEMUs that have the folder in their command line, and whatever has it in its environment, as all do that the bench starts.
    ///
    /// - Returns: whether there were any.
    private func endPrograms() -> Bool {
        let programs = ((try? Folders.names(in: "/proc")) ?? []).compactMap(pid_t.init).filter { process in
            process != getpid() && isOurs(FilePath("/proc/\(process)"))
        }
        for process in programs { kill(process, SIGKILL) }
        return !programs.isEmpty
    }

    private func isOurs(_ process: FilePath) -> Bool {
        func text(_ name: String) -> String {
            (try? Folders.read(process.appending(name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        func mentions(_ text: String) -> Bool { text.contains("\(path)/") || text.contains("\(path)\0") }
        let command = text("cmdline")
        return mentions(text("environ")) || command.prefix { $0 != "\0" }.contains("qemu") && mentions(command)
    }
}
