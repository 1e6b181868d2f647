/// Checks what the variables of a workflow refer to.
struct WorkflowCheck {
    let document: WorkflowDocument
    let diagnostics: Diagnostics
    let type: WorkflowType?

    func run() {
        for (index, step) in document.steps.enumerated() {
            for variable in step.variables { check(variable, before: index, of: "the step '\(step.name)'") }
        }
        for variable in document.outputs.flatMap(\.value.variables) {
            check(variable, before: document.steps.count, of: "the outputs")
        }
        for step in document.steps { checkInstance(step) }
    }

    private func check(_ variable: WorkflowVariable, before index: Int, of place: String) {
        let name = variable.key(0) ?? ""
        switch variable.root {
        case .parameters:
            let names = document.parameters.map(\.name)
            guard !names.contains(name) else { return }
            diagnostics.error(
                at: variable.position, "the workflow has no parameter '\(name)'",
                hint: Suggestion.hint(for: name, in: names), rule: .unknownReference)
        case .imagebuilder:
            let names = WorkflowVariable.systemVariables
            guard !names.contains(where: { $0.lowercased() == name.lowercased() }) else { return }
            diagnostics.error(
                at: variable.position, "Image Builder has no variable '\(name)'",
                hint: Suggestion.hint(for: name, in: names, listing: 0), rule: .unknownReference)
        case .stepOutputs: checkStep(variable, name, before: index, of: place)
        // Of workflows that this document does not know.
        case .workflowOutputs: break
        }
    }

    private func checkStep(_ variable: WorkflowVariable, _ name: String, before index: Int, of place: String) {
        let earlier = document.steps.prefix(index)
        guard let step = earlier.last(where: { $0.name == name }) else {
            let isLater = document.step(name) != nil
            diagnostics.error(
                at: variable.position,
                isLater
                    ? "'\(variable.text)' is of a step that does not run before \(place)"
                    : "the workflow has no step '\(name)'",
                hint: isLater ? nil : Suggestion.hint(for: name, in: earlier.map(\.name)),
                rule: isLater ? .laterStep : .unknownReference)
            return
        }
        guard let output = variable.key(1) else {
            diagnostics.error(
                at: variable.position, "'\(variable.text)' names no output",
                hint: "$.stepOutputs.\(name).NAME", rule: .unknownOutput)
            return
        }
        let names = step.action.outputs
        guard !names.contains(output) else { return }
        diagnostics.error(
            at: variable.position, "\(step.action.rawValue) has no output '\(output)'",
            hint: Suggestion.hint(for: output, in: names), rule: .unknownOutput)
    }

    /// An instance is one that a step before has launched.
    private func checkInstance(_ step: WorkflowStep) {
        guard case .variable(let variable)? = step.input("instanceId"), variable.root == .stepOutputs,
            let launch = variable.key(0).flatMap(document.step), variable.key(1) == "instanceId",
            launch.action != .launchInstance
        else { return }
        diagnostics.error(
            at: variable.position, "the step '\(launch.name)' launches no instance", rule: .unknownOutput)
    }
}

extension WorkflowStep {
    /// Every variable of the step.
    public var variables: [WorkflowVariable] {
        (condition?.variables ?? []) + rollbackEnabled.variables + inputs.flatMap(\.value.variables)
    }
}
