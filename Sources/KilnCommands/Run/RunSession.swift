import ArgumentParser
import Builds
import Components
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// Runs plans on a guest, one after the other, each with a log folder of its own and a summary on standard output.
struct RunSession: Sendable {
    let input: RunInput
    let upload: LogUpload?
    let origins: any FileOrigins
    let guest: RunGuest
    let view: BuildView
    let json: Bool

    /// How a run ended.
    struct Ended: Sendable {
        var outcome: RunExecution.Outcome
        var summary: RunSummary

        /// Whether something went wrong that the guest can tell of.
        var isFailure: Bool { summary.status == .failed && outcome.failure?.code != .interrupted }

        /// - Throws: what ended the run; `ExitCode` 1 where a document failed, which has been told.
        func demandSuccess() throws {
            if let failure = outcome.failure { throw failure }
            guard summary.status != .failed else { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }

    /// - Parameter number: of the run, from 1: an ID that the user chose is used once.
    /// - Parameter start: gives the guest.
    func run(_ plan: RunPlan, number: Int = 1, start: () async throws -> RunningGuest) async throws -> Ended {
        let given = input.executionID.map { number == 1 ? $0 : "\($0)-\(number)" }
        let logs = try LogFolder(
            below: input.logDirectory, executionID: given ?? UUID().uuidString.lowercased(), secrets: plan.secrets)
        if input.isTraced { logs.application.show { view.note($0) } }
        let execution = RunExecution(plan: plan, logs: logs, origins: origins) { view.show($0) }
        var outcome = await execution.run(start)
        keepConsole(in: logs.path, hiding: plan.secrets)
        if let failure = outcome.failure {
            let hint = failure.hint?.replacing(guest.console.string, with: logs.path.appending(Self.consoleName).string)
            outcome.failure = BuildFailure(failure.code, failure.message, hint: hint, cause: failure.cause)
        }
        var summary = try logs.finish(outcome.results, failure: outcome.failure?.message)
        // ^C: nobody waits for an upload or a summary.
        guard outcome.failure?.code != .interrupted else { return Ended(outcome: outcome, summary: summary) }
        tell(outcome, logs)
        do {
            try await upload?.send(logs.path)
            if let upload { summary.logUrl = "\(upload.location(of: logs.path))" }
        } catch {
            // The documents' verdict comes first, and the logs are here.
            if summary.status != .failed { outcome.failure = BuildFailure(error) }
            view.complain("kiln: the logs are not in S3: \(error)")
        }
        view.result(String(decoding: json ? try summary.line : try summary.json, as: UTF8.self))
        return Ended(outcome: outcome, summary: summary)
    }

    private static let consoleName = "guest-console.log"

    /// The guest's own console goes with it, and tells what a guest that is lost said last.
    private func keepConsole(in folder: FilePath, hiding secrets: Set<String>) {
        guard let console = try? Folders.read(guest.console) else { return }
        var redactor = Redactor(secrets: secrets)
        let shown = redactor.feed(console)
        try? DurableFile.write(shown + redactor.finish(), to: folder.appending(Self.consoleName))
    }

    private func tell(_ outcome: RunExecution.Outcome, _ logs: LogFolder) {
        view.note("logs: \(logs.path)")
        guard !json, outcome.failure == nil else { return }
        for result in outcome.results {
            do throws(ComponentFailure) { try result.demandSuccess() } catch {
                view.complain("kiln: \(error.message)")
                if let hint = error.hint { view.complain("  try: \(hint)") }
            }
        }
    }
}
