extension ExpressionCheck {
    /// A reference to another step: it has to be there, to run before, and to have what is asked for.
    func checkStep(
        _ expression: ChainingExpression, _ phaseName: String, _ stepName: String, _ source: ChainingExpression.Source,
        _ path: [ChainingExpression.PathElement], from place: Place
    ) {
        guard let phase = declared.firstIndex(where: { $0.phase == phaseName }) else {
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}' refers to the phase '\(phaseName)', which is not here",
                hint: Suggestion.hint(for: phaseName, in: declared.map(\.phase)), rule: .unknownReference)
            return
        }
        let steps = declared[phase].steps
        guard let index = steps.firstIndex(of: stepName) else {
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}' refers to the step '\(stepName)', which is not in the phase '\(phaseName)'",
                hint: Suggestion.hint(for: stepName, in: steps), rule: .unknownReference)
            return
        }
        guard (phase, index) < (place.phase, place.step) else {
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}' refers to a step that does not run before this one", rule: .laterStep)
            return
        }
        guard let step = document.phase(phaseName)?.step(stepName) else { return }
        switch source {
        case .outputs:
            checkOutput(expression, of: step, path)
            if declared[place.phase].phase == ComponentPhase.test, phaseName != ComponentPhase.test {
                diagnostics.warning(
                    at: expression.position,
                    "the test phase runs on a fresh guest, where the outputs of '\(phaseName)' are not known",
                    rule: .laterStep)
            }
        case .inputs:
            guard step.inputs?.value(at: path)?.text == nil else { return }
            var hint: String?
            if case .list = step.inputs, case .key = path.first {
                hint = "its inputs are a list: inputs[0] is the first"
            }
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}' does not lead to a text of the step '\(stepName)'", hint: hint,
                rule: .unknownReference)
        }
    }

    private func checkOutput(
        _ expression: ChainingExpression, of step: ComponentStep, _ path: [ChainingExpression.PathElement]
    ) {
        let outputs = step.action.outputs
        var keys = path[...]
        var index = 0
        if case .index(let number) = keys.first {
            index = number
            keys = keys.dropFirst()
        }
        guard case .key(let name) = keys.first, keys.count == 1, outputs.contains(name) else {
            let near = keys.first.flatMap { if case .key(let key) = $0 { key } else { nil } }
                .flatMap { Suggestion.nearest(to: $0, in: outputs) }
            let known = outputs.isEmpty ? "it has none" : "it has " + Suggestion.oneOf(outputs)
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}': \(step.action.rawValue) has no such output",
                hint: near.map { "did you mean '\($0)'?" } ?? known, rule: .unknownOutput)
            return
        }
        let count = step.action.hasOutputsOfEachInput ? step.inputs?.elements?.count ?? 1 : 1
        if index >= count {
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}': the step '\(step.name)' has \(count == 1 ? "one output" : "\(count) outputs")",
                hint: "the first is outputs[0]", rule: .unknownOutput)
        }
    }
}
