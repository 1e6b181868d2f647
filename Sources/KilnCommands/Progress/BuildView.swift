import Builds
import Components
import Disks
import Documents
import Exporting
import Foundation
import HostSystem
import Synchronization
import SystemPackage

/// Shows a build as it goes: lines with elapsed time on standard error, or events as JSON lines on standard output.
final class BuildView: Sendable {
    private let json: Bool
    private let colored = Terminal.errorIsTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    private let start = ContinuousClock.now
    private let state = Mutex((partial: [UInt8](), percent: -1))

    init(json: Bool) { self.json = json }

    func show(_ event: BuildEvent) {
        switch event {
        case .started(let id): say("build \(id)", ["event": "started", "build": id])
        case .stageStarted(let name): say("── \(name)", ["event": "stageStarted", "stage": name])
        case .stageEnded(let name, let seconds):
            say(
                "── \(name) took \(Duration.seconds(seconds).inSeconds)",
                ["event": "stageEnded", "stage": name, "seconds": "\(seconds)"])
        case .note(let text): note(text)
        case .step(let step): show(step)
        }
    }

    private func show(_ event: StepEvent) {
        switch event {
        case .started(let name, let attempt):
            let again = attempt > 1 ? " (attempt \(attempt))" : ""
            say("\(name)\(again)", ["event": "stepStarted", "step": "\(name)", "attempt": "\(attempt)"])
        case .output(let name, let bytes): output(bytes, name)
        case .ended(let name, let result):
            flush(name)
            let reason = result.reason.map { ": \($0)" } ?? ""
            say(
                "\(name) \(result.status.rawValue)\(reason), \(Duration.seconds(result.seconds).inSeconds)",
                [
                    "event": "stepEnded", "step": "\(name)", "status": result.status.rawValue,
                    "exitCode": result.exitCode.map { "\($0)" } ?? "", "seconds": "\(result.seconds)",
                    "log": "\(result.log)",
                ])
        }
    }

    func note(_ text: String) { say(text, ["event": "note", "text": text]) }

    /// Every tenth of the way.
    func progress(_ what: String, _ done: Int, _ total: Int) {
        let percent = total > 0 ? done * 10 / total * 10 : 100
        let changed = state.withLock { state in
            defer { state.percent = percent }
            return state.percent != percent
        }
        if changed {
            say("\(what): \(percent) %", ["event": "progress", "what": what, "done": "\(done)", "total": "\(total)"])
        }
    }

    /// Whole lines, without what could steer the terminal.
    private func output(_ bytes: [UInt8], _ name: StepName) {
        let lines: [[UInt8]] = state.withLock { state in
            state.partial += bytes
            var lines: [[UInt8]] = []
            while let end = state.partial.firstIndex(of: 10) {
                lines.append(Array(state.partial[..<end]))
                state.partial.removeFirst(end + 1)
            }
            // A line without an end is shown in pieces.
            if state.partial.count > 8192 {
                lines.append(state.partial)
                state.partial = []
            }
            return lines
        }
        for line in lines { show(line, name) }
    }

    private func flush(_ name: StepName) {
        let rest = state.withLock { state in
            defer { state.partial = [] }
            return state.partial
        }
        if !rest.isEmpty { show(rest, name) }
    }

    private func show(_ line: [UInt8], _ name: StepName) {
        let text = String(
            String.UnicodeScalarView(
                String(decoding: line, as: UTF8.self).unicodeScalars.filter {
                    $0 == "\t" || !(0..<32 ~= $0.value || 127..<160 ~= $0.value)
                }))
        if json {
            emit(["event": "output", "step": "\(name)", "line": text])
        } else {
            Terminal.complain(colored ? "          \u{1b}[2m\(text)\u{1b}[0m" : "          \(text)")
        }
    }

    private func say(_ text: String, _ event: [String: String]) {
        if json { return emit(event) }
        let elapsed = Int((ContinuousClock.now - start).seconds)
        let clock = "\(elapsed / 60):\(elapsed % 60 < 10 ? "0" : "")\(elapsed % 60)"
        Terminal.complain(String(repeating: " ", count: max(0, 7 - clock.count)) + clock + "  " + text)
    }

    private func emit(_ event: [String: String]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var event = event
        event["elapsed"] = "\((ContinuousClock.now - start).seconds)"
        guard let data = try? encoder.encode(event) else { return }
        Terminal.say(String(decoding: data, as: UTF8.self))
    }

    /// The summary: where everything is and where the time went, then one line that says it all.
    func finish(
        _ outcome: BuildEngine.Outcome, _ plan: BuildPlan, _ exported: Exported, _ folder: FilePath, _ timings: Timings
    ) {
        let seconds = timings.summary
        func part(_ name: String) -> String { Duration.seconds(seconds[name] ?? 0).inSeconds }
        if json {
            emit([
                "event": "finished", "image": outcome.image.digest, "output": "\(folder)",
                "own": "\(seconds["own"] ?? 0)",
            ])
            return
        }
        for artifact in exported.artifacts {
            Terminal.say("\(folder.appending(artifact.file))  \(artifact.size >> 20) MiB  sha256:\(artifact.sha256)")
        }
        if let location = exported.location { Terminal.say(location) }
        Terminal.say(
            "time: \(part("total")); guests' boots \(part("boots")), components \(part("components")), export \(part("export")), "
                + "upload \(part("upload")), Kiln's own \(part("own"))")
        let stages = timings.stages.map { "\($0.name) \(Duration.seconds($0.seconds).inSeconds)" }.joined(
            separator: ", ")
        let files = exported.artifacts.map(\.file).joined(separator: " ")
        Terminal.say(
            "\(plan.name) \(plan.version) AVAILABLE sha256:\(outcome.image.digest) [\(files)] \(stages)")
    }
}
