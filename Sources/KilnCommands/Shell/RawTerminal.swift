import Dispatch
import Glibc
import Guests
import Synchronization

/// The terminal of standard input without its line editing and signals: each key goes to the guest as it is.
///
/// Its modes come back whatever ends the process: in order, by a signal, or by a crash. Nothing can be done at SIGKILL;
/// interactive shells set their modes anew then.
final class RawTerminal: Sendable {
    /// The modes as they were, and as they are here; written once, before any handler can read them.
    nonisolated(unsafe) private static var (cooked, raw) = (termios(), termios())
    private static let isRaw = Atomic<Bool>(false)

    /// Where a crash would leave the terminal without echo. SIGINT, SIGTERM and SIGHUP end the command in order.
    private static let fatal = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGQUIT, SIGSYS]

    /// The terminal's size when it changes, and after the process was stopped.
    let sizes: AsyncStream<TerminalSize>
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    /// Nil where standard input is no terminal.
    init?() {
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &Self.cooked) == 0 else { return nil }
        Self.raw = Self.cooked
        cfmakeraw(&Self.raw)
        let (sizes, continuation) = AsyncStream.makeStream(of: TerminalSize.self, bufferingPolicy: .bufferingNewest(1))
        self.sizes = sizes
        let queue = DispatchQueue(label: "org.kiln.terminal.signals")
        sources = [SIGWINCH, SIGCONT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // Whoever was in the foreground meanwhile has set the modes for itself.
                if number == SIGCONT { Self.enter() }
                continuation.yield(Self.size)
            }
            return source
        }
        for number in Self.fatal { Self.handle(number) { RawTerminal.restoreAndDie($0) } }
        Self.handle(SIGTSTP) { _ in RawTerminal.suspend() }
        atexit { RawTerminal.restore() }
        Self.isRaw.store(true, ordering: .sequentiallyConsistent)
        Self.enter()
        for source in sources { source.resume() }
    }

    static var size: TerminalSize {
        var size = winsize()
        guard ioctl(STDIN_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return TerminalSize(rows: 24, columns: 80)
        }
        return TerminalSize(rows: UInt32(size.ws_row), columns: UInt32(size.ws_col))
    }

    func leave() {
        for source in sources { source.cancel() }
        Self.restore()
    }

    /// Gives the terminal back and stops the process until somebody continues it.
    static func suspend() {
        if isRaw.load(ordering: .sequentiallyConsistent) { tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked) }
        raise(SIGSTOP)
        enter()
    }

    /// Safe in a signal's handler, and where the terminal is as it was.
    static func restore() {
        guard isRaw.exchange(false, ordering: .sequentiallyConsistent) else { return }
        // One that runs in the background would be stopped instead.
        signal(SIGTTOU, SIG_IGN)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked)
    }

    private static func enter() {
        if isRaw.load(ordering: .sequentiallyConsistent) { tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) }
    }

    fileprivate static func restoreAndDie(_ number: Int32) {
        restore()
        signal(number, SIG_DFL)
        raise(number)
    }

    private static func handle(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        action.sa_flags = SA_NODEFER
        sigaction(number, &action, nil)
    }
}
