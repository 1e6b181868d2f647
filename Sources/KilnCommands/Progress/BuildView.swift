import Builds
import Components
import Documents
import Foundation
import HostSystem
import Synchronization

/// Shows a build as it goes: on a terminal lines and a status line below them, in a pipe plain lines with elapsed time,
/// and with `--json` events as JSON lines on standard output.
final class BuildView: Sendable {
    let json: Bool
    private let terminal: LiveTerminal
    private let isColored: Bool
    private let state = Mutex((lines: LineSplitter(), percent: -1, build: ""))

    init(json: Bool) {
        self.json = json
        terminal = LiveTerminal(quiet: json)
        isColored = terminal.isLive && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    func show(_ event: BuildEvent) {
        if json, let record = EventRecord(event, time: Date(), elapsed: elapsed.seconds) { emit(record) }
        switch event {
        case .started(let id):
            state.withLock { $0.build = id }
            say("build \(id)")
        case .stageStarted(let name):
            terminal.update { $0.stage = name }
            say("── \(name)")
        case .stageEnded(let name, let seconds):
            terminal.update { ($0.stage, $0.step, $0.transfer) = (nil, nil, nil) }
            say("── \(name) took \(Duration.seconds(seconds).inSeconds)")
        case .note(let text): say(text)
        case .action(let action):
            switch action {
            case .sanitizeInstance: say("cleaning the image offline")
            case .createImage: say("freezing the image")
            default: break
            }
        case .workflow(let event): show(event)
        case .ended: close()
        case .step(let step): show(step)
        }
    }

    private func show(_ event: WorkflowEvent) {
        switch event {
        case .started(let workflow):
            terminal.update { $0.stage = workflow.name }
            say("── \(workflow.type.rawValue) workflow \(workflow.name)")
        case .stepStarted(let name, let action, _): say("\(name) (\(action.rawValue))")
        case .stepWaiting(let name, let pending):
            let build = state.withLock { $0.build }
            say("\(name) waits for an answer until \(pending.until.formatted(.iso8601))")
            say("  kiln action \(build) resume    or: stop, with --reason TEXT")
        case .stepEnded(let name, let end):
            let reason = end.message.map { ": \($0)" } ?? ""
            say("\(name) \(end.status.rawValue.lowercased())\(reason)")
        case .stepRolledBack(let name, let isKept): say("\(name) \(isKept ? "is kept" : "taken back")")
        case .ended(let workflow, let failure):
            terminal.update { ($0.stage, $0.step) = (nil, nil) }
            say("── \(workflow.name) \(failure.map { "failed: \($0)" } ?? "done")")
        }
    }

    private func show(_ event: StepEvent) {
        switch event {
        case .started(let name, let attempt, _):
            terminal.update { ($0.step, $0.lastOutput) = (("\(name)", .now), "") }
            say("\(name)\(attempt > 1 ? " (attempt \(attempt))" : "")")
        case .output(let name, let bytes): output(bytes, name)
        case .ended(let name, let result):
            flush(name)
            terminal.update { ($0.step, $0.lastOutput) = (nil, "") }
            let reason = result.reason.map { ": \($0)" } ?? ""
            say("\(name) \(result.status.rawValue)\(reason), \(Duration.seconds(result.seconds).inSeconds)")
        }
    }

    /// Something worth a line that is no event of the build itself.
    func note(_ text: String) {
        var record = EventRecord(.note, time: Date(), elapsed: elapsed.seconds)
        record.text = text
        emit(record)
        say(text)
    }

    /// Lines for standard error as they are: diagnostics, an error that ends nothing.
    func complain(_ text: String) { terminal.write(text) }

    /// A result, on standard output.
    func result(_ text: String) { terminal.say(text) }

    /// How far a transfer is, in bytes: a line every tenth of the way, and the status line all the time.
    func progress(_ what: String, _ done: Int, _ total: Int) {
        let percent = total > 0 ? Int(Double(done) / Double(total) * 100) : 100
        terminal.update { $0.transfer = done < total ? "\(what): \(percent) %" : nil }
        let tenth = percent / 10 * 10
        let changed = state.withLock { state in
            defer { state.percent = tenth }
            return state.percent != tenth
        }
        guard changed else { return }
        var record = EventRecord(.progress, time: Date(), elapsed: elapsed.seconds)
        (record.text, record.done, record.total) = (what, done, total)
        emit(record)
        if !terminal.isLive || done == total { say("\(what): \(tenth) %") }
    }

    /// The end: the status line goes, and nothing comes after it but the summary or the error.
    func close() { terminal.close() }

    // MARK: A step's output

    /// Whole lines, without what could steer the terminal.
    private func output(_ bytes: [UInt8], _ name: StepName) {
        let lines: [[UInt8]] = state.withLock { state in
            let lines = state.lines.feed(bytes)
            // A line without an end is shown in pieces.
            return state.lines.restCount > 8192 ? lines + [state.lines.takeRest()] : lines
        }
        for line in lines { show(line, name) }
    }

    private func flush(_ name: StepName) {
        let rest = state.withLock { $0.lines.takeRest() }
        if !rest.isEmpty { show(rest, name) }
    }

    private func show(_ line: [UInt8], _ name: StepName) {
        // A program that paints its own progress writes over its line: what it wrote last is the line.
        let text = Terminal.harmless(line.split(separator: UInt8(ascii: "\r")).last ?? [])
        if json {
            var record = EventRecord(.output, time: Date(), elapsed: elapsed.seconds)
            record.name(name)
            record.text = text
            emit(record)
        } else {
            terminal.update { $0.lastOutput = text }
            terminal.write(isColored ? "          \u{1b}[2m\(text)\u{1b}[0m" : "          \(text)")
        }
    }

    // MARK: Lines

    private var elapsed: Duration { .now - terminal.start }

    private func say(_ text: String) {
        guard !json else { return }
        let clock = StatusLine.clock(elapsed)
        terminal.write(String(repeating: " ", count: max(0, 7 - clock.count)) + clock + "  " + text)
    }

    func emit(_ record: EventRecord) {
        guard json, let line = try? record.line else { return }
        Terminal.say(String(decoding: line, as: UTF8.self))
    }
}
