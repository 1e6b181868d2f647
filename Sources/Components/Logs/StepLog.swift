import Failures
import Glibc
import Guests
import HostSystem
import Synchronization
import SystemPackage

/// The log of one step on the host: what it printed, both streams in the order of arrival, secrets hidden, and its last
/// lines for the error. The file is written as the output comes, so that `kiln logs --follow` sees it.
final class StepLog: Sendable {
    let path: FilePath
    /// What the step prints is neither kept nor shown (`disableLogging`); only Kiln's own notes are.
    private let isSilent: Bool
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var descriptor: Int32
        var redactors: [Redactor]
        var tail = OutputTail(limit: 8 << 10)
        var standardOutput: [UInt8] = []
        var failure: HostFailure?
    }

    /// How much of standard output a later step can chain; more than this in a value is a mistake, not a use.
    private static let chainLimit = 1 << 20

    init(path: FilePath, secrets: [String], isSilent: Bool = false) throws(HostFailure) {
        try Folders.create(path.removingLastComponent())
        let descriptor = open(path.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .systemCall("cannot create the log \(path)", errno: errno) }
        self.path = path
        self.isSilent = isSilent
        let redactor = Redactor(secrets: secrets)
        self.state = Mutex(State(descriptor: descriptor, redactors: [redactor, redactor]))
    }

    deinit {
        state.withLock { state in _ = close(state.descriptor) }
    }

    /// Keeps a piece of output and gives it as it may be shown.
    func append(_ output: GuestOutput) -> [UInt8] {
        state.withLock { state in
            let isError = output.stream == .standardError
            if !isError, state.standardOutput.count < Self.chainLimit {
                state.standardOutput += output.bytes.prefix(Self.chainLimit - state.standardOutput.count)
            }
            guard !isSilent else { return [] }
            let shown = state.redactors[isError ? 1 : 0].feed(output.bytes)
            keep(shown, in: &state)
            return shown
        }
    }

    /// Writes a line of Kiln's own, such as the start of another attempt.
    func note(_ line: String) {
        state.withLock { state in keep(Array("[kiln] \(line)\n".utf8), in: &state) }
    }

    /// Ends the streams: what the redactors still hold is written too.
    func finish() throws(HostFailure) {
        let failure: HostFailure? = state.withLock { state in
            for index in state.redactors.indices {
                let rest = state.redactors[index].finish()
                keep(rest, in: &state)
            }
            return state.failure
        }
        if let failure { throw failure }
    }

    /// Forgets what an earlier attempt printed; the file keeps it.
    func startAttempt() {
        state.withLock { state in
            state.standardOutput = []
            state.tail = OutputTail(limit: 8 << 10)
        }
    }

    var lastLines: [String] { state.withLock { $0.tail.lines(10) } }

    /// Whether its last lines have strerror(ENOSPC) in them.
    var saysDiskIsFull: Bool {
        state.withLock { $0.tail.lines(50).contains { $0.contains("No space left on device") } }
    }

    /// Standard output of the last attempt, unredacted: the value that `{{ phase.step.outputs.stdout }}` has.
    var standardOutput: String { state.withLock { String(decoding: $0.standardOutput, as: UTF8.self) } }

    private func keep(_ bytes: [UInt8], in state: inout State) {
        state.tail.append(bytes)
        guard state.failure == nil else { return }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(state.descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                // The step goes on: a guest must not hang because the host's disk is full. finish() reports it.
                state.failure = .systemCall("cannot write the log \(path)", errno: errno)
                return
            }
            offset += count
        }
    }
}
