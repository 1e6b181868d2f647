import Documents
import Failures

/// Goes through the steps of a workflow; what each does is its caller's.
struct WorkflowRun {
    let workflow: PlannedWorkflow
    let plan: BuildPlan
    /// Of workflows that have run, by name.
    let earlier: [String: [String: WorkflowValue]]
    let observe: @Sendable (WorkflowEvent) -> Void

    /// Of the steps, by name.
    private(set) var outputs: [String: [String: WorkflowValue]] = [:]

    init(
        _ workflow: PlannedWorkflow, _ plan: BuildPlan, earlier: [String: [String: WorkflowValue]],
        observe: @escaping @Sendable (WorkflowEvent) -> Void
    ) {
        (self.workflow, self.plan, self.earlier, self.observe) = (workflow, plan, earlier, observe)
    }

    /// A step that somebody has stopped: it has failed, with what was said.
    struct Stopped: ReportableError {
        let message: String
        let outputs: [String: WorkflowValue]
        var hint: String? { nil }
        var exitStatus: ExitStatus { .failed }
    }

    /// - Parameter perform: does a step that is to be done, with its inputs' values.
    /// - Returns: what the workflow gives to others.
    /// - Throws: what `perform` does for a step that is not to be passed over; the caller tells of the workflow's end then.
    mutating func run(
        _ perform: (WorkflowStep, WorkflowValue) async throws -> WorkflowStepEnd
    ) async throws -> [String: WorkflowValue] {
        observe(.started(workflow))
        for step in workflow.document.steps {
            try Task.checkCancellation()
            do {
                try await run(step, perform)
            } catch {
                // ^C, and a host that cannot go on, end more than a step.
                if Task.isCancelled { throw error }
                let failure = BuildFailure(error)
                if failure.code == .interrupted { throw error }
                let stopped = (error as? Stopped)?.outputs ?? [:]
                outputs[step.name] = stopped
                observe(.stepEnded(step.name, WorkflowStepEnd(.failed, message: failure.message, outputs: stopped)))
                if step.onFailure == .abort { throw error }
            }
        }
        var result: [String: WorkflowValue] = [:]
        for output in workflow.document.outputs { result[output.name] = output.value.evaluate(value(of:)) }
        observe(.ended(workflow, failure: nil))
        return result
    }

    private mutating func run(
        _ step: WorkflowStep, _ perform: (WorkflowStep, WorkflowValue) async throws -> WorkflowStepEnd
    ) async throws {
        if let condition = step.condition {
            // A step that was skipped, or has failed, has no outputs: nothing that is compared with them is true.
            guard condition.holds(valueOrNull(of:)) == true else {
                return observe(.stepEnded(step.name, WorkflowStepEnd(.skipped, message: "Its 'if' does not hold.")))
            }
        }
        if step.action == .collectImageScanFindings {
            let message = "Nothing scans images on this machine."
            return observe(.stepEnded(step.name, WorkflowStepEnd(.skipped, message: message)))
        }
        var inputs: [String: WorkflowValue] = [:]
        var missing: String?
        for input in step.inputs {
            inputs[input.name] = input.value.evaluate(value(of:))
            if inputs[input.name] == nil { missing = input.value.variables.first { value(of: $0) == nil }?.text }
        }
        observe(.stepStarted(step.name, step.action, inputs: hiding(.mapping(inputs))))
        if let missing { throw BuildFailure(.failed, "the variable \(missing) has no value") }
        if let obstacle = step.action.obstacle {
            throw BuildFailure(.failed, "\(step.action.rawValue) cannot be done here: \(obstacle)")
        }
        let end = try await perform(step, .mapping(inputs))
        outputs[step.name] = end.outputs
        var told = end
        told.outputs = end.outputs.mapValues(hiding)
        observe(.stepEnded(step.name, told))
    }

    /// The step of an action that has been done, where its document wants it rolled back.
    func rollsBack(_ action: WorkflowAction) -> String? {
        let step = workflow.document.steps.first { $0.action == action && outputs[$0.name] != nil }
        return step.flatMap { $0.rollbackEnabled.evaluate(value(of:))?.flag == false ? nil : $0.name }
    }

    /// Without what no event may show.
    private func hiding(_ value: WorkflowValue) -> WorkflowValue {
        switch value {
        case .string(let text):
            let secrets = plan.secrets.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
            return .string(secrets.reduce(text) { $0.replacing($1, with: "****") })
        case .list(let values): return .list(values.map(hiding))
        case .mapping(let members): return .mapping(members.mapValues(hiding))
        case .null, .boolean, .integer, .number: return value
        }
    }

    private func valueOrNull(of variable: WorkflowVariable) -> WorkflowValue? { value(of: variable) ?? .null }

    /// What a variable is now.
    func value(of variable: WorkflowVariable) -> WorkflowValue? {
        let name = variable.key(0) ?? ""
        switch variable.root {
        case .parameters: return follow(workflow.parameters[name], variable.path.dropFirst())
        case .imagebuilder:
            return follow(plan.systemVariable(name, in: workflow.type), variable.path.dropFirst())
        case .stepOutputs: return find(outputs, variable)
        case .workflowOutputs:
            // With the name of its workflow, or without.
            if let found = find(earlier, variable) { return found }
            return earlier.values.lazy.compactMap { follow($0[name], variable.path.dropFirst()) }.first
        }
    }

    private func find(
        _ outputs: [String: [String: WorkflowValue]], _ variable: WorkflowVariable
    ) -> WorkflowValue? {
        guard let first = variable.key(0), let second = variable.key(1) else { return nil }
        return follow(outputs[first]?[second], variable.path.dropFirst(2))
    }

    private func follow(
        _ value: WorkflowValue?, _ path: ArraySlice<WorkflowVariable.PathElement>
    ) -> WorkflowValue? {
        path.reduce(value) { value, element in
            switch element {
            case .key(let key): return value?[key]
            case .index(let index):
                guard let elements = value?.elements, elements.indices.contains(index) else { return nil }
                return elements[index]
            }
        }
    }
}
