import ArgumentParser
import Builds
import Failures
import Foundation
import HostSystem
import SystemPackage

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "The log of a build, step by step.",
        discussion: """
            Examples:
              kiln logs                              the newest build
              kiln logs b-1764000000-1a2b3c4d        that one
              kiln logs --follow                     goes on until the build ends
              kiln logs --step nginx                 steps with 'nginx' in their component, phase or name
              kiln logs --console test               what the test guest's serial console said
              kiln logs --json                       the build's events as JSON lines
            """)

    @Argument(help: "A build's id or the beginning of one (default: the newest).")
    var build: String?

    @Flag(name: .shortAndLong, help: "Go on as the build goes on.")
    var follow = false

    @Option(help: "Only steps whose name (component › phase › step) has this in it.")
    var step: String?

    @Option(help: "The serial console of a guest instead: build or test.")
    var console: String?

    @Flag(help: "Events as JSON lines on standard output, without what the steps printed.")
    var json = false

    func run() async throws {
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        let record = try choose(from: BuildFolder.all(home: home), home)
        let reader = LogReader(folder: BuildFolder(home: home, id: record.id), follow: follow)
        if let console {
            let file = reader.folder.logs.appending("\(console)-console.log")
            guard Folders.exists(file) else {
                throw BuildFailure(
                    .invalid, "the build \(record.id) has no console log of a guest '\(console)'",
                    hint: "kiln logs \(record.id) --console build")
            }
            return try await reader.copy(file)
        }
        if !json {
            let reason = record.reason.map { "  \($0)" } ?? ""
            Terminal.say("\(record.id)  \(record.recipe) \(record.version)  \(record.state.rawValue)\(reason)")
        }
        try await reader.events { event, bytes in
            if json { return Terminal.say(raw: bytes + [UInt8(ascii: "\n")]) }
            return try await show(event, reader)
        }
    }

    private func choose(from builds: [BuildRecord], _ home: KilnHome) throws -> BuildRecord {
        guard let build else {
            if let newest = builds.first { return newest }
            throw BuildFailure(.invalid, "there are no builds in \(home.builds)", hint: "kiln build TEMPLATE")
        }
        let found = builds.filter { $0.id.hasPrefix(build) }
        if let exact = found.first(where: { $0.id == build }) { return exact }
        guard let only = found.first else {
            throw BuildFailure(
                .invalid, "there is no build \(build)",
                hint: builds.first.map { "the newest is \($0.id)" } ?? "there are no builds yet: kiln build TEMPLATE")
        }
        guard found.count == 1 else {
            throw BuildFailure(
                .invalid, "\(found.count) builds begin with \(build): \(found.map(\.id).joined(separator: ", "))",
                hint: "give the whole id")
        }
        return only
    }

    /// - Returns: false where nobody reads any more.
    private func show(_ event: EventRecord, _ reader: LogReader) async throws -> Bool {
        let name = [event.component, event.phase, event.step].compactMap { $0 }.joined(separator: " › ")
        switch event.event {
        case .stepStarted:
            guard wanted(name), let log = event.log else { return true }
            // Further attempts are in the same file, which is shown once.
            guard event.attempt == 1 else { return true }
            return Terminal.say(raw: Array("==> \(name)  \(log)\n".utf8))
                ? try await reader.step(name, log: FilePath(log)) : false
        case .stepEnded:
            guard wanted(name) else { return true }
            let reason = event.reason.map { ": \($0)" } ?? ""
            let time = Duration.seconds(event.seconds ?? 0).inSeconds
            return Terminal.say(raw: Array("<== \(event.status ?? "")\(reason), \(time)\n\n".utf8))
        case .stageStarted where step == nil: return Terminal.say(raw: Array("── \(event.stage ?? "")\n".utf8))
        case .note where step == nil: return Terminal.say(raw: Array("    \(event.text ?? "")\n".utf8))
        case .workflowStarted where step == nil:
            return Terminal.say(raw: Array("── \(event.workflow ?? "")\n".utf8))
        case .workflowStepStarted where step == nil:
            return Terminal.say(raw: Array("--> \(event.step ?? "")  \(event.action ?? "")\n".utf8))
        case .workflowStepWaiting where step == nil:
            return Terminal.say(raw: Array("    \(event.step ?? "") waits for an answer: kiln action\n".utf8))
        case .workflowStepEnded where step == nil:
            let reason = event.reason.map { ": \($0)" } ?? ""
            return Terminal.say(raw: Array("<-- \(event.step ?? "")  \(event.status ?? "")\(reason)\n".utf8))
        case .ended where step == nil:
            let reason = event.reason.map { ": \($0)" } ?? ""
            return Terminal.say(raw: Array("\(event.status ?? "")\(reason)\n".utf8))
        default: return true
        }
    }

    private func wanted(_ name: String) -> Bool { step.map(name.contains) ?? true }
}
