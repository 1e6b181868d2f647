import Documents
import Failures
import Foundation
import Guests

extension Interpreter {
    /// What an iteration asks for at its end.
    struct IterationEnd {
        var reboot: RebootRequest?
    }

    /// Runs the step's action once, and moves on to the next iteration unless it has to run again.
    ///
    /// - Throws: `ActionFailure`, the iteration's failure; it is noted in the position.
    mutating func iteration(
        _ running: Running, _ count: Int, _ deadline: ContinuousClock.Instant?
    ) async throws(ActionFailure) -> IterationEnd {
        let index = progress(running).iteration
        let loopValue = progress(running).values?[index]
        let start = Date()
        var name = running.name
        running.log.startAttempt()
        values[running.level].iteration = loopValue.map {
            DocumentValues.Iteration(name: running.step.loop?.name, index: index, value: $0)
        }
        if let loopValue {
            name = running.name.iteration(index, of: count)
            running.log.note("iteration \(index + 1) of \(count): \(environment.redact(loopValue))")
            environment.observe(.started(name, attempt: progress(running).attempt, log: running.log.path))
        }
        defer { values[running.level].iteration = nil }
        do throws(ActionFailure) {
            let output = try await act(running, name, deadline)
            if output.reboot == .sameStepAgain {
                tellIteration(running, name, start, output.exitCode, nil)
                return IterationEnd(reboot: .sameStepAgain)
            }
            let outputs = StepOutputs(of: output)
            tellIteration(running, name, start, output.exitCode, nil, outputs)
            update(running) { progress in
                progress.exitCode = output.exitCode
                progress.outputs.append(outputs)
                progress.iteration += 1
            }
            return IterationEnd(reboot: output.reboot)
        } catch {
            // What a program printed before it failed is a value too, but for a loop's: those are of iterations that succeeded.
            if loopValue == nil, running.step.action.outputs.contains("stdout") {
                let text = running.log.standardOutput
                update(running) { $0.outputs = [StepOutputs(of: ActionOutput([["stdout": text]]))] }
            }
            note(error, running)
            tellIteration(running, name, start, nil, error)
            throw error
        }
    }

    /// How a program ended is in the results; what Kiln itself has to say is nowhere else.
    private func note(_ failure: ActionFailure, _ running: Running) {
        switch failure.code {
        case .exited, .signalled: break
        default: running.log.note(environment.redact(failure.description))
        }
    }

    /// Evaluates the inputs and runs the action with them.
    private mutating func act(
        _ running: Running, _ name: StepName, _ deadline: ContinuousClock.Instant?
    ) async throws(ActionFailure) -> ActionOutput {
        let step = running.step
        if step.action == .assert {
            guard let condition = step.assertion else { throw ActionFailure(.invalidInput, "it asserts nothing") }
            guard try await evaluator(running).holds(condition) else {
                throw ActionFailure(.exited(1), "the assertion does not hold")
            }
            return .none
        }
        let values = values[running.level]
        let resolved = try step.inputs?.evaluate { (expression) throws(ActionFailure) in
            try values.value(of: expression)
        }
        if step.action == .executeDocument { return try await executeDocument(resolved, running, deadline) }
        var context = context(running, deadline: deadline)
        context.log = output(running, name)
        return try await Actions.run(step.action, resolved, in: context)
    }

    private mutating func tellIteration(
        _ running: Running, _ name: StepName, _ start: Date, _ exitCode: Int32?, _ failure: ActionFailure?,
        _ outputs: StepOutputs = StepOutputs()
    ) {
        guard let value = progress(running).values?[progress(running).iteration] else { return }
        let end = Date()
        var code = exitCode
        if case .exited(let exit) = failure?.code { code = exit }
        let reason = failure.map { environment.redact($0.description) }
        let record = IterationRecord(
            index: progress(running).iteration, value: environment.redact(value),
            status: failure == nil ? .success : .failed,
            startTime: start, endTime: end, failureMessage: reason ?? "", outputs: text(outputs, running))
        update(running) { progress in
            // One that runs again after a reboot is one iteration.
            progress.iterations.removeAll { $0.index == record.index }
            progress.iterations.append(record)
        }
        environment.observe(
            .ended(
                name,
                StepResult(
                    status: failure == nil ? .success : .failed, exitCode: code, attempts: progress(running).attempt,
                    seconds: end.timeIntervalSince(start), reason: reason,
                    lastLines: failure == nil ? [] : running.log.lastLines,
                    log: running.log.path)))
    }
}
