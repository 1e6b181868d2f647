import Components
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// What steps of all workflows have in common.
extension BuildEngine {
    /// RunCommand, as a component of one step.
    func command(
        _ step: WorkflowStep, _ inputs: WorkflowValue, of flow: PlannedWorkflow, on guest: RunningGuest,
        _ logs: FilePath, _ layers: LayerSession
    ) async throws -> WorkflowStepEnd {
        let document = try CommandDocument.make(inputs, timeoutSeconds: step.timeoutSeconds)
        let runner = runner(guest, logs, layers)
        let place = flow.document.steps.firstIndex { $0.name == step.name } ?? 0
        let number = plan.steps.count + place + 1
        let start = ContinuousClock.now
        let boots = guest.bootSeconds
        let result = try await within(.seconds(step.timeoutSeconds), "the step \(step.name)") {
            try await runner.run(document, named: step.name, number: number, phases: ["build"])
        }
        timings.add(.components, (ContinuousClock.now - start).seconds - (guest.bootSeconds - boots))
        try result.demandSuccess()
        return WorkflowStepEnd(.completed, outputs: Self.success(.list([.string(CommandDocument.output(result))])))
    }

    /// WaitForAction: until somebody says how it goes on.
    func wait(
        for step: WorkflowStep, of flow: PlannedWorkflow, _ folder: BuildFolder
    ) async throws -> WorkflowStepEnd {
        let limit = Duration.seconds(step.timeoutSeconds)
        let pending = StepWait.Pending(
            workflow: flow.name, step: step.name, until: Date().addingTimeInterval(limit.seconds))
        let answer = try await StepWait(folder).wait(for: pending, limit: limit) {
            observe(.workflow(.stepWaiting(step.name, pending)))
        }
        guard let answer else {
            throw BuildFailure(.failed, "nobody has answered the step \(step.name) within \(limit.inSeconds)")
        }
        let outputs: [String: WorkflowValue] = [
            "action": .string(answer.action.rawValue), "reason": .string(answer.reason ?? ""),
        ]
        if answer.action == .stop {
            let why = answer.reason.map { ": \($0)" } ?? ""
            throw WorkflowRun.Stopped(message: "the step \(step.name) was stopped\(why)", outputs: outputs)
        }
        return WorkflowStepEnd(.completed, message: answer.reason, outputs: outputs)
    }

    /// Tells of a workflow that has failed, and by whose onFailure the image goes on. Of one that ends the image, the build's
    /// end tells.
    func goOn(after flow: PlannedWorkflow, _ error: any Error) {
        let message = BuildFailure(error).message
        observe(.workflow(.ended(flow, failure: message)))
        observe(.note("the workflow \(flow.name) has failed, and the image goes on as its onFailure says: \(message)"))
    }

    /// - Parameter limit: nil: none.
    func within<Value: Sendable>(
        _ limit: Duration?, _ what: String, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let limit else { return try await body() }
        return try await withDeadline(limit, for: what, body)
    }
}
