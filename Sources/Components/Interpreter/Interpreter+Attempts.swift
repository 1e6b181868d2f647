import Documents
import Failures
import Foundation
import Guests
import HostSystem

extension Interpreter {
    /// Runs the step's attempts until one succeeds or none is left.
    mutating func attempts(_ running: Running) async throws(ComponentFailure) -> Outcome {
        while true {
            let attempt = progress(running).attempt
            let outcome = try await self.attempt(running)
            if case .succeeded = outcome {
                keepOutputs(running)
                return outcome
            }
            guard attempt < running.step.maxAttempts else {
                if running.step.loop == nil { keepOutputs(running) }
                return outcome
            }
            if case .failed(let fault) = outcome {
                running.log.note("attempt \(attempt) of \(running.step.maxAttempts) failed: \(fault.reason)")
            }
            // Every attempt begins with the loop's first iteration and the whole time limit.
            update(running) { progress in
                let (start, values) = (progress.start, progress.values)
                progress = RunPosition.StepProgress(start: start)
                progress.values = values
                progress.attempt = attempt + 1
            }
        }
    }

    /// One attempt: the action, once or for each of the loop's values, as far as they have not been done before a reboot.
    private mutating func attempt(_ running: Running) async throws(ComponentFailure) -> Outcome {
        let begin = ContinuousClock.now
        let before = progress(running).seconds
        let limit = running.step.timeoutSeconds.map { Duration.seconds($0) }
        let deadline = limit.map { begin + $0 - .seconds(before) }
        environment.observe(.started(running.name, attempt: progress(running).attempt, log: running.log.path))
        let count = progress(running).values?.count ?? 1
        while progress(running).iteration < count {
            if Task.isCancelled { throw ComponentFailure(.cancelled, "cancelled in step \(running.name)") }
            let done: IterationEnd
            do throws(ActionFailure) {
                if let deadline, ContinuousClock.now >= deadline { throw ActionFailure(.timedOut, "timed out") }
                done = try await iteration(running, count, deadline)
            } catch {
                try rethrowIfFatal(error, running)
                return .failed(await fault(error, running))
            }
            update(running) { $0.seconds = before + (ContinuousClock.now - begin).seconds }
            switch done.reboot {
            case nil: break
            case .sameStepAgain:
                update(running) { $0.reboots += 1 }
                guard progress(running).reboots < Self.mostReboots else {
                    return .failed(
                        Fault(
                            reason:
                                "asked for a reboot \(Self.mostReboots) times (exit code \(ActionContext.rebootCode))",
                            exitCode: ActionContext.rebootCode))
                }
                running.log.note("exit code \(ActionContext.rebootCode): rebooting, then this step again")
                try await reboot(running)
            case .nextStep(let delay):
                running.log.note("rebooting")
                if delay > .zero, (try? await Task.sleep(for: delay)) == nil {
                    throw ComponentFailure(.cancelled, "cancelled in step \(running.name)")
                }
                try await reboot(running)
            }
        }
        return .succeeded
    }

    /// Whoever goes on from the position that is saved here does so on a new boot too.
    private func reboot(_ running: Running) async throws(ComponentFailure) {
        await environment.save?(position)
        do throws(GuestFailure) {
            try await environment.guest.reboot()
        } catch {
            guard error.code != .cancelled else {
                throw ComponentFailure(.cancelled, "cancelled in step \(running.name)", cause: error)
            }
            throw ComponentFailure(.guestLost, "step \(running.name): \(error.message)", hint: error.hint, cause: error)
        }
    }

    private func fault(_ failure: ActionFailure, _ running: Running) async -> Fault {
        let progress = progress(running)
        var reason = failure.description
        var code: Int32?
        switch failure.code {
        case .timedOut:
            let what = progress.values == nil ? "timed out" : "the loop timed out"
            reason = running.step.timeoutSeconds.map { "\(what) after \($0) s" } ?? what
        case .exited(let exit):
            code = exit
            if running.log.saysDiskIsFull, let full = await fullDisk() { reason += ": \(full)" }
        default: break
        }
        if failure.code != .timedOut, let values = progress.values {
            reason = "iteration \(progress.iteration) of \(values.count), counted from 0: \(reason)"
        }
        return Fault(reason: environment.redact(reason), exitCode: code)
    }

    func progress(_ running: Running) -> RunPosition.StepProgress {
        position.frames[running.level].progress ?? RunPosition.StepProgress(start: Date())
    }

    mutating func update(_ running: Running, _ change: (inout RunPosition.StepProgress) -> Void) {
        var progress = progress(running)
        change(&progress)
        position.frames[running.level].progress = progress
    }

    /// What the step put out has a value from now on.
    private mutating func keepOutputs(_ running: Running) {
        let key = DocumentValues.StepKey(phase: running.phase, step: running.step.name)
        let outputs = StepOutputs.joining(progress(running).outputs)
        position.frames[running.level].outputs[key] = outputs
        values[running.level].record(outputs, of: key)
    }
}
