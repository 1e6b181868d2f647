import Documents
import Failures

extension Interpreter {
    enum Branch {
        case execute, skip
        case abort(String)
    }

    /// What the step's `if` says. It is evaluated once, before the first attempt.
    func branch(_ running: Running) async throws(ComponentFailure) -> Branch {
        guard let condition = running.step.condition else { return .execute }
        do throws(ActionFailure) {
            let holds = try await evaluator(running).holds(condition.condition)
            running.log.note("the condition is \(holds)")
            switch holds ? condition.then : condition.else {
            case .execute: return .execute
            case .skip: return .skip
            case .abort: return .abort("its condition is \(holds), which aborts it")
            }
        } catch {
            try rethrowIfFatal(error, running)
            return .abort("its condition cannot be evaluated: \(error)")
        }
    }

    func evaluator(_ running: Running) -> ConditionEvaluator {
        let values = values[running.level]
        let context = context(running, deadline: nil)
        return ConditionEvaluator { (text) throws(ActionFailure) in
            try values.evaluate(text)
        } probe: { (probe) async throws(ActionFailure) in
            try await context.answer(probe)
        }
    }
}
