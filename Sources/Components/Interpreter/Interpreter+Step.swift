import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

extension Interpreter {
    /// A step and what it needs, while it runs.
    struct Running {
        let step: ComponentStep
        let level: Int
        let name: StepName
        let log: StepLog
        /// In the guest and safe there: "build-02-Install".
        let fileName: String
        let phase: String
    }

    /// Runs a step to its end, or what is left of it after a reboot.
    mutating func run(
        _ step: ComponentStep, of phase: ComponentPhase, _ level: Int
    ) async throws(ComponentFailure) -> StepRecord {
        let frame = position.frames[level]
        let fileName = "\(FileName.safe(phase.name))-\(FileName.numbered(frame.step + 1, step.name))"
        let log: StepLog
        do {
            log = try StepLog(
                path: environment.logs.appending(frame.folder).appending(fileName + ".log"),
                secrets: environment.secrets, isSilent: step.disablesLogging)
        } catch {
            throw ComponentFailure(.logUnwritable, error.message, hint: error.hint, cause: error)
        }
        let running = Running(
            step: step, level: level, name: StepName(component: frame.name, phase: phase.name, step: step.name),
            log: log,
            fileName: fileName, phase: phase.name)
        values[level].iteration = nil
        var outcome: Outcome
        if frame.progress == nil {
            let start = Date()
            switch try await branch(running) {
            case .execute:
                outcome = try await begin(running, start)
            case .skip:
                return try await end(running, .skipped, start: start)
            case .abort(let reason):
                log.note(reason)
                return try await end(running, .failed(Fault(reason: environment.redact(reason))), start: start)
            }
        } else {
            outcome = .succeeded
        }
        if case .succeeded = outcome {
            do throws(ComponentFailure) {
                outcome = try await attempts(running)
            } catch {
                log.note(error.message)
                try? log.finish()
                throw error
            }
        }
        return try await end(running, outcome, start: position.frames[level].progress?.start ?? Date())
    }

    /// How a step, an attempt or an iteration ended.
    enum Outcome {
        case succeeded
        case skipped
        case failed(Fault)
    }

    struct Fault {
        var reason: String
        var exitCode: Int32?
    }

    /// The loop's values are those the step starts with.
    private mutating func begin(_ running: Running, _ start: Date) async throws(ComponentFailure) -> Outcome {
        var progress = RunPosition.StepProgress(start: start)
        let values = values[running.level]
        do throws(ActionFailure) {
            progress.values = try running.step.loop?.evaluate { (expression) throws(ActionFailure) in
                try values.value(of: expression)
            }
        } catch {
            running.log.note(environment.redact(error.description))
            return .failed(Fault(reason: environment.redact("its loop has no values: \(error)")))
        }
        position.frames[running.level].progress = progress
        return .succeeded
    }

    func context(_ running: Running, deadline: ContinuousClock.Instant?) -> ActionContext {
        let frame = position.frames[running.level]
        return ActionContext(
            guest: environment.guest, workingDirectory: environment.workingDirectory,
            scriptFolder: "\(environment.workingDirectory)/TOE_kiln/\(frame.folder)",
            scratch: environment.logs.appending(Self.scratchName), name: running.fileName, deadline: deadline,
            log: output(running, running.name), origins: environment.origins, secrets: environment.secrets)
    }

    func output(_ running: Running, _ name: StepName) -> StepOutput {
        StepOutput(
            name: name, log: running.log, console: running.step.disablesLogging ? nil : environment.console,
            observe: environment.observe)
    }

    /// A guest that is gone and a run that is cancelled end everything; other failures are the step's own.
    func rethrowIfFatal(_ failure: ActionFailure, _ running: Running) throws(ComponentFailure) {
        // A nested document's, as it is.
        if let inner = failure.cause as? ComponentFailure { throw inner }
        switch failure.code {
        case .cancelled:
            throw ComponentFailure(.cancelled, "cancelled in step \(running.name)", cause: failure)
        case .guestLost:
            throw ComponentFailure(
                .guestLost, "step \(running.name): \(environment.redact(failure.message))", hint: failure.hint,
                cause: failure)
        default:
            if Task.isCancelled {
                throw ComponentFailure(.cancelled, "cancelled in step \(running.name)", cause: failure)
            }
        }
    }

    /// Closes the step's log, tells, and gives the record.
    private mutating func end(
        _ running: Running, _ outcome: Outcome, start: Date
    ) async throws(ComponentFailure) -> StepRecord {
        do { try running.log.finish() } catch {
            throw ComponentFailure(.logUnwritable, error.message, hint: error.hint, cause: error)
        }
        let record = record(running, outcome, start: start)
        let status: StepResult.Status =
            switch record.status {
            case .success: .success
            case .skipped: .skipped
            case .failed: .failed
            case .ignoredFailure: .ignored
            }
        environment.observe(
            .ended(
                running.name,
                StepResult(
                    status: status, exitCode: record.exitCode, attempts: record.attempts,
                    seconds: record.endTime.timeIntervalSince(start),
                    reason: record.failureMessage.isEmpty ? nil : record.failureMessage, lastLines: record.lastLines,
                    log: running.log.path)))
        environment.console?.ended(running.name, record)
        return record
    }
}
