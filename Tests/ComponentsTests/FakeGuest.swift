import Failures
import Guests
import Synchronization
import SystemPackage

/// A guest of which only its files' content and its programs' answers are known: for systems that no test boots.
final class FakeGuest: Guest {
    let name = "fake"
    private let files: [String: String]
    private let program: @Sendable ([String]) throws(GuestFailure) -> (GuestExit, String)
    private let commands = Mutex<[[String]]>([])

    init(
        files: [String: String],
        program: @escaping @Sendable ([String]) throws(GuestFailure) -> (GuestExit, String) = { _ in (.exited(0), "") }
    ) {
        self.files = files
        self.program = program
    }

    /// What was run, in order.
    var ran: [[String]] { commands.withLock { $0 } }

    func run(
        _ command: GuestCommand, output: @escaping @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit {
        commands.withLock { $0.append(command.arguments) }
        let (exit, text) = try program(command.arguments)
        await output(GuestOutput(.standardOutput, Array(text.utf8)))
        return exit
    }

    func read(_ path: String, limit: Int) async throws(GuestFailure) -> [UInt8] {
        guard let content = files[path] else { throw missing(path) }
        return Array(content.utf8)
    }

    func perform(_ operation: FileOperation, limit: Duration?) async throws(GuestFailure) -> FileAnswer {
        guard case .stat(let path, _) = operation, let content = files[path.string] else {
            throw missing("\(operation)")
        }
        return .information(
            FileInformation(kind: .file, permissions: 0o755, user: 0, group: 0, size: UInt64(content.utf8.count)))
    }

    func write(_ content: [UInt8], to path: String, permissions: UInt32) async throws(GuestFailure) {}
    func upload(_ file: FilePath, to path: String, permissions: UInt32) async throws(GuestFailure) {}
    func download(_ path: String, to file: FilePath) async throws(GuestFailure) { throw missing(path) }
    func reboot() async throws(GuestFailure) {}

    private func missing(_ path: String) -> GuestFailure {
        GuestFailure(.guestError, "\(path): No such file or directory", cause: GuestErrno(2))
    }
}
