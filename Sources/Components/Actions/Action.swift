public import Documents
public import Failures

/// An action module: a function from evaluated inputs to outputs.
public protocol Action: Sendable {
    /// - Parameter inputs: as the module's schema has them, defaults put in: one, or one for each element of a list.
    /// - Throws: `ActionFailure`. What was done before the failure stays done, as the user guide has it.
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput
}

public enum Actions {
    /// Runs a module's action within the step's time limit.
    ///
    /// - Parameter inputs: nil where the step has none.
    /// - Throws: `ActionFailure`, secrets hidden. `guestLost` and `cancelled` end the run, all others an attempt of the step.
    public static func run(
        _ module: ActionModule, _ inputs: ResolvedInput?, in context: ActionContext
    ) async throws(ActionFailure) -> ActionOutput {
        guard let action = module.action else {
            throw ActionFailure(.unsupported, "\(module.rawValue) is no action that runs by itself")
        }
        do throws(ActionFailure) {
            let inputs = try module.read(inputs)
            return try await withinLimit(context.deadline) { () async throws(ActionFailure) in
                try await action.run(inputs, in: context)
            }
        } catch {
            throw error.rephrased(context.redact)
        }
    }

    /// Cancels `body` when the deadline passes, and waits for it to have put things in order.
    private static func withinLimit(
        _ deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable () async throws(ActionFailure) -> ActionOutput
    ) async throws(ActionFailure) -> ActionOutput {
        guard let deadline else { return try await body() }
        let result: Result<ActionOutput, ActionFailure> = await withTaskGroup(
            of: Result<ActionOutput, ActionFailure>?.self
        ) { group in
            group.addTask {
                do throws(ActionFailure) { return .success(try await body()) } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(until: deadline)
                return nil
            }
            var timedOut = false
            while let next = await group.next() {
                group.cancelAll()
                guard let result = next else {
                    timedOut = true
                    continue
                }
                if timedOut, !Task.isCancelled, case .failure(let failure) = result, failure.code == .cancelled {
                    return .failure(ActionFailure(.timedOut, "timed out", cause: failure))
                }
                return result
            }
            return .failure(ActionFailure(.cancelled, "cancelled"))
        }
        return try result.get()
    }
}
