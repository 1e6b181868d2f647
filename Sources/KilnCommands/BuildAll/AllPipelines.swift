import ArgumentParser
import Failures
import Foundation
import HostSystem

/// Builds all pipelines of a template: those that do not wait for another one's image at the same time, as far as the host
/// has room for their guests.
struct AllPipelines {
    let order: PipelineOrder
    /// Of this process, without the program's name.
    let words: [String]
    let output: String
    let json: Bool

    private enum End: Sendable {
        case exited(Int32)
        case failed(HostFailure)
        /// The pipeline whose image it would have been built on.
        case notBegun(String)

        var status: Int32 {
            switch self {
            case .exited(let status): status
            case .failed(let failure): failure.exitStatus.rawValue
            case .notBegun: ExitStatus.failed.rawValue
            }
        }

        var words: String {
            switch self {
            case .exited(0): "done"
            case .exited(let status): "failed with status \(status)"
            case .failed(let failure): "failed: \(failure.message)"
            case .notBegun(let parent): "not begun: its parent comes from \(parent)"
            }
        }
    }

    /// - Throws: `ExitCode` with the status of the first, in the template's order, that did not end well.
    func run() async throws {
        let terminal = LiveTerminal(quiet: json)
        defer { terminal.close() }
        let ends = await ends(terminal)
        terminal.close()
        if Task.isCancelled { throw CancellationError() }
        for entry in order.entries where !json {
            Terminal.say("\(entry.pipeline): \(ends[entry.pipeline]?.words ?? "not begun")")
        }
        if let first = order.entries.lazy.compactMap({ ends[$0.pipeline]?.status }).first(where: { $0 != 0 }) {
            throw ExitCode(first)
        }
    }

    private func ends(_ terminal: LiveTerminal) async -> [String: End] {
        var ends: [String: End] = [:]
        var waiting = order.entries
        await withTaskGroup(of: (String, End).self) { group in
            var running: [String] = []
            while true {
                for entry in waiting {
                    if let bad = entry.after.first(where: { ends[$0].map { $0.status != 0 } ?? false }) {
                        ends[entry.pipeline] = .notBegun(bad)
                    } else if entry.after.allSatisfy({ ends[$0] != nil }), !Task.isCancelled {
                        running.append(entry.pipeline)
                        let run = PipelineRun(
                            entry.pipeline, from: words, output: order.output(of: entry, below: output))
                        group.addTask { (run.pipeline, await end(of: run, terminal)) }
                    }
                }
                waiting.removeAll { entry in ends[entry.pipeline] != nil || running.contains(entry.pipeline) }
                let now = running
                terminal.update { $0.stage = "building \(now.joined(separator: ", "))" }
                guard let (pipeline, end) = await group.next() else { break }
                ends[pipeline] = end
                running.removeAll { $0 == pipeline }
            }
        }
        return ends
    }

    private func end(of run: PipelineRun, _ terminal: LiveTerminal) async -> End {
        let (json, width) = (json, order.entries.map(\.pipeline.count).max() ?? 0)
        let label = run.pipeline.padding(toLength: width, withPad: " ", startingAt: 0)
        do throws(HostFailure) {
            let status = try await run.run { stream, line in
                if json, stream == .output {
                    if let event = PipelineRun.event(line, of: run.pipeline) { terminal.say(event) }
                } else {
                    // Those of a build's summary too: they belong to one of several.
                    terminal.write("\(label) │ \(Terminal.harmless(line))")
                }
            }
            return .exited(status)
        } catch { return .failed(error) }
    }
}
