public import Failures
import Glibc

/// A program in a guest whose input goes on while it runs: on a terminal of its own, or through pipes.
///
/// One task takes its events, one sends its input. A terminal's program that ends, or is ended, takes its session with it,
/// as at the closing of a terminal's window: what has left the session (setsid) or ignores SIGHUP (nohup) stays.
public final class GuestSession: Sendable {
    public enum Event: Sendable, Equatable {
        /// A terminal's output is all standard output.
        case output(GuestOutput)
        /// The last one.
        case ended(GuestExit)
    }

    private let connection: RunnerConnection
    private let channel: UInt32
    private let mailbox: Mailbox
    private let window = InputWindow()
    private let hasTerminal: Bool

    /// Starts the program; that it can't be started is what the first event throws.
    ///
    /// - Parameter size: the terminal's; nil: no terminal.
    init(_ command: GuestCommand, size: TerminalSize?, over connection: RunnerConnection) async throws(GuestFailure) {
        self.connection = connection
        hasTerminal = size != nil
        (channel, mailbox) = try connection.openChannel()
        try await connection.send(.open(command, size: size, channel: channel))
    }

    deinit { connection.closeChannel(channel) }

    /// What comes next.
    ///
    /// - Throws: `GuestFailure`: `guestError` where the program can't be started, `crashed` when the guest is gone, `cancelled`.
    public func next() async throws(GuestFailure) -> Event {
        do throws(GuestFailure) {
            while true {
                guard let frame = try await mailbox.next() else {
                    guard Task.isCancelled else { continue }
                    throw GuestFailure(.cancelled, "the command in \(connection.guestName) was cancelled")
                }
                if let event = try event(frame) { return event }
            }
        } catch {
            window.close()
            throw error
        }
    }

    private func event(_ frame: RunnerFrame) throws(GuestFailure) -> Event? {
        switch frame.kind {
        case .standardOutput: return .output(GuestOutput(.standardOutput, frame.payload))
        case .standardError: return .output(GuestOutput(.standardError, frame.payload))
        case .taken:
            guard let count = RunnerFrame.words(frame.payload).first else { break }
            window.add(Int(count))
            return nil
        case .exit:
            guard let exit = frame.exit else { break }
            window.close()
            return .ended(exit)
        case .error: throw frame.refusal("cannot run", in: connection.guestName)
        default: break
        }
        throw frame.unexpected(from: connection.guestName)
    }

    /// Sends input as the program takes it; waits while it does not. What an ended program did not take is dropped.
    public func send(_ bytes: [UInt8]) async throws(GuestFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // Pieces, so that other frames come between those of a long paste.
            let count = await window.take(upTo: min(rest.count, 16 << 10))
            if count == 0 { return }
            try await connection.send(
                RunnerFrame(kind: .input, channel: channel, payload: Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the input: a pipe is closed, a terminal gets its end-of-file character.
    public func endInput() async throws(GuestFailure) {
        try await connection.send(RunnerFrame(kind: .inputEnd, channel: channel))
    }

    public func resize(_ size: TerminalSize) async throws(GuestFailure) {
        let words = RunnerFrame.bytes(size.rows) + RunnerFrame.bytes(size.columns)
        try await connection.send(RunnerFrame(kind: .resize, channel: channel, payload: words))
    }

    /// Asks the program to end, as at the closing of its terminal; its end is an event still to come.
    public func hangUp() async throws(GuestFailure) {
        let signal = UInt32(hasTerminal ? SIGHUP : SIGTERM)
        try await connection.send(RunnerFrame(kind: .kill, channel: channel, payload: RunnerFrame.bytes(signal)))
    }

    /// Ends the program, and waits for that: a terminal is hung up; any other program gets SIGTERM and, after a grace,
    /// SIGKILL with all that it started. Not cut short when the task is cancelled.
    public func end() async {
        window.close()
        await Task { [connection, channel, mailbox] in
            await connection.endProgram(channel, mailbox, by: hasTerminal ? SIGHUP : SIGTERM) { $0.kind == .exit }
        }.value
    }
}

extension RunningGuest {
    /// Starts a program whose input goes on while it runs.
    ///
    /// - Parameter terminal: the size of its terminal; nil: it has none.
    public func openSession(_ command: GuestCommand, terminal: TerminalSize?) async throws(GuestFailure) -> GuestSession
    {
        try await GuestSession(command, size: terminal, over: try connection())
    }
}
