import Dispatch
import Foundation
import Glibc
import HostSystem
import Synchronization

/// Standard error with a status line below the lines that stay: each line is written above it, and it is painted anew
/// four times a second so that its clocks run.
///
/// Where standard error is no terminal (a pipe, a CI log, TERM=dumb) there is no status line, and lines are just written.
final class LiveTerminal: Sendable {
    /// Colours and the status line may be used.
    let isLive: Bool
    let start = ContinuousClock.now
    private let state = Mutex(State())
    nonisolated(unsafe) private let timer: any DispatchSourceTimer

    private struct State {
        var status = StatusLine()
        var isPainted = false
        var isClosed = false
        var lastLine = ContinuousClock.now
    }

    private static let clear = "\r\u{1b}[2K"
    /// While lines come faster than this the status line would only flicker: the timer brings it back.
    private static let rest = Duration.milliseconds(100)

    init(environment: [String: String] = ProcessInfo.processInfo.environment, quiet: Bool = false) {
        isLive = !quiet && Terminal.errorIsTerminal && environment["TERM"] != "dumb"
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "org.kiln.terminal"))
        timer.schedule(deadline: .now() + .milliseconds(250), repeating: .milliseconds(250))
        timer.setEventHandler { [weak self] in self?.repaint() }
        timer.resume()
    }

    deinit { timer.cancel() }

    /// A line that stays.
    func write(_ line: String) {
        state.withLock { state in
            let now = ContinuousClock.now
            let isQuiet = now - state.lastLine > Self.rest
            let status = isLive && !state.isClosed && isQuiet ? text(state.status) : nil
            Terminal.complain(raw: (state.isPainted ? Self.clear : "") + line + "\n" + (status ?? ""))
            (state.isPainted, state.lastLine) = (status != nil, now)
        }
    }

    /// A line for standard output, which may be the same terminal.
    func say(_ line: String) {
        state.withLock { state in
            if state.isPainted { Terminal.complain(raw: Self.clear) }
            state.isPainted = false
            Terminal.say(line)
        }
    }

    func update(_ change: @Sendable (inout StatusLine) -> Void) {
        state.withLock { change(&$0.status) }
    }

    /// Takes the status line away for good: what follows is the end.
    func close() {
        timer.cancel()
        state.withLock { state in
            if state.isPainted { Terminal.complain(raw: Self.clear) }
            (state.isPainted, state.isClosed) = (false, true)
        }
    }

    private func repaint() {
        guard isLive else { return }
        state.withLock { state in
            guard !state.isClosed else { return }
            let status = text(state.status)
            guard status != nil || state.isPainted else { return }
            Terminal.complain(raw: Self.clear + (status ?? ""))
            state.isPainted = status != nil
        }
    }

    private func text(_ status: StatusLine) -> String? {
        status.text(at: .now, since: start, width: Terminal.errorWidth - 1).map { "\u{1b}[2m\($0)\u{1b}[0m" }
    }
}
