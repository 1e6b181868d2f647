public import SystemPackage

/// What the rest of Kiln may ask of a running guest. Narrow, so that the component language is tested without one.
///
/// Every call is bounded: by its own limit where it has one, else by the guest's. A guest that is gone (powered off,
/// panicked, killed, paused by an I/O error) ends every call under way with an error that says which it was.
public protocol Guest: Sendable {
    /// The domain's name, as virsh shows it.
    var name: String { get }

    /// Runs a program as root and waits for its end.
    ///
    /// The program gets a process group of its own. When the time limit passes or the calling task is cancelled, the whole
    /// group is ended (SIGTERM, then SIGKILL), and nothing of it is left running.
    ///
    /// - Parameter output: called in order with what the program prints, as it prints it; slow callers slow the program.
    /// - Throws: `GuestFailure`; an exit status other than 0 is an answer, not an error.
    func run(
        _ command: GuestCommand, output: @escaping @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit

    /// Writes a file of any size and content: to a temporary name, then renamed over `path`. Folders above it are made.
    func write(_ content: [UInt8], to path: String, permissions: UInt32) async throws(GuestFailure)

    /// Sends a file of the host, streamed.
    func upload(_ file: FilePath, to path: String, permissions: UInt32) async throws(GuestFailure)

    /// Reads a whole file; more than `limit` bytes are an error.
    func read(_ path: String, limit: Int) async throws(GuestFailure) -> [UInt8]

    /// Fetches a file to the host, streamed.
    func download(_ path: String, to file: FilePath) async throws(GuestFailure)

    /// Does something to the guest's files.
    ///
    /// - Parameter limit: nil: no limit but the guest's life. Past it, and when the task is cancelled, the operation is ended.
    /// - Throws: `GuestFailure`: `guestError` or `guestDiskFull` with a `GuestErrno` as the cause, `timedOut`, `cancelled`, …
    @discardableResult
    func perform(_ operation: FileOperation, limit: Duration?) async throws(GuestFailure) -> FileAnswer

    /// Reboots in order and comes back when the guest answers again, on a new boot.
    func reboot() async throws(GuestFailure)
}

/// A program to run in a guest.
public struct GuestCommand: Sendable, Equatable {
    /// The program (looked up in PATH) and its arguments.
    public var arguments: [String]
    /// Added to a plain root environment (PATH, HOME, LANG).
    public var environment: [String: String]
    public var workingDirectory: String
    public var standardInput: [UInt8]
    /// nil: no limit but the guest's life.
    public var limit: Duration?
    /// Written before the program starts, in the same request.
    public var script: GuestScript?

    public init(
        _ arguments: [String], environment: [String: String] = [:], workingDirectory: String = "/",
        standardInput: [UInt8] = [], limit: Duration? = nil, script: GuestScript? = nil
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.standardInput = standardInput
        self.limit = limit
        self.script = script
    }
}

/// A file that a program is started with, written as `Guest.write` does.
public struct GuestScript: Sendable, Equatable {
    public var path: String
    public var content: [UInt8]
    public var permissions: UInt32

    public init(path: String, content: [UInt8], permissions: UInt32) {
        self.path = path
        self.content = content
        self.permissions = permissions
    }
}

/// Some bytes that a program in a guest printed.
public struct GuestOutput: Sendable, Equatable {
    public enum Stream: Sendable { case standardOutput, standardError }
    public let stream: Stream
    public let bytes: [UInt8]

    public init(_ stream: Stream, _ bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}

/// How a program in a guest ended.
public enum GuestExit: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Its limit passed and it was ended.
    case timedOut
}
