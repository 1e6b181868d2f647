/// Checks that every expression in a document refers to something that will be there when its step starts.
struct ExpressionCheck {
    let document: ComponentDocument
    /// The names of all phases and their steps, those included whose own mistakes keep them out of `document`.
    let declared: [(phase: String, steps: [String])]
    let diagnostics: Diagnostics

    init(document: ComponentDocument, root: DocumentNode, diagnostics: Diagnostics) {
        self.document = document
        self.diagnostics = diagnostics
        declared = (root["phases"]?.elements ?? []).map { phase in
            (phase["name"]?.text ?? "", (phase["steps"]?.elements ?? []).map { $0["name"]?.text ?? "" })
        }
    }

    func run() {
        for phase in document.phases {
            guard let phaseIndex = declared.firstIndex(where: { $0.phase == phase.name }) else { continue }
            for step in phase.steps {
                guard let stepIndex = declared[phaseIndex].steps.firstIndex(of: step.name) else { continue }
                for expression in expressions(of: step) {
                    check(expression, in: step, phase: phaseIndex, step: stepIndex)
                }
            }
        }
    }

    private func expressions(of step: ComponentStep) -> [ChainingExpression] {
        (step.inputs?.expressions ?? []) + (step.loop?.expressions ?? [])
            + (step.condition?.condition.expressions ?? [])
    }

    private func check(_ expression: ChainingExpression, in step: ComponentStep, phase: Int, step index: Int) {
        switch expression.reference {
        case .variable(let name):
            let names = document.parameters.map(\.name) + document.constants.map(\.name)
            guard !names.contains(name) else { return }
            diagnostics.error(
                at: expression.position, "'\(name)' is neither a parameter nor a constant of the component",
                hint: Suggestion.hint(for: name, in: names))
        case .loop(let name, _):
            if let loop = step.loop, [Loop.ownName, loop.name].contains(name) { return }
            diagnostics.warning(
                at: expression.position,
                step.loop == nil
                    ? "the step '\(step.name)' has no loop: '{{ \(expression.text) }}' stays as it is written"
                    : "the loop of the step '\(step.name)' is not called '\(name)': '{{ \(expression.text) }}' stays as it "
                        + "is written")
        case .systemsManager:
            diagnostics.error(at: expression.position, "Parameter Store references are not yet run by Kiln")
        case .step(let phaseName, let stepName, let source, let path):
            checkStep(expression, phaseName, stepName, source, path, before: (phase, index))
        }
    }

    private func checkStep(
        _ expression: ChainingExpression, _ phaseName: String, _ stepName: String, _ source: ChainingExpression.Source,
        _ path: [ChainingExpression.PathElement], before place: (phase: Int, step: Int)
    ) {
        guard let phase = declared.firstIndex(where: { $0.phase == phaseName }) else {
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}' refers to the phase '\(phaseName)', which is not here",
                hint: Suggestion.hint(for: phaseName, in: declared.map(\.phase)))
            return
        }
        let steps = declared[phase].steps
        guard let index = steps.firstIndex(of: stepName) else {
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}' refers to the step '\(stepName)', which is not in the phase '\(phaseName)'",
                hint: Suggestion.hint(for: stepName, in: steps))
            return
        }
        guard (phase, index) < (place.phase, place.step) else {
            diagnostics.error(
                at: expression.position, "'{{ \(expression.text) }}' refers to a step that does not run before this one"
            )
            return
        }
        guard let step = document.phase(phaseName)?.step(stepName) else { return }
        switch source {
        case .outputs:
            checkOutput(expression, of: step, path)
            if declared[place.phase].phase == ComponentPhase.test, phaseName != ComponentPhase.test {
                diagnostics.warning(
                    at: expression.position,
                    "the test phase runs on a fresh guest, where the outputs of '\(phaseName)' are not known")
            }
        case .inputs:
            guard step.inputs?.value(at: path)?.text == nil else { return }
            diagnostics.error(
                at: expression.position, "'{{ \(expression.text) }}' does not lead to a text of the step '\(stepName)'")
        }
    }

    private func checkOutput(
        _ expression: ChainingExpression, of step: ComponentStep, _ path: [ChainingExpression.PathElement]
    ) {
        let outputs = step.action.outputs
        var keys = path[...]
        // `outputs[0].stdout`: every step has one entry.
        if case .index(0) = keys.first { keys = keys.dropFirst() }
        guard case .key(let name) = keys.first, keys.count == 1, outputs.contains(name) else {
            diagnostics.error(
                at: expression.position,
                "'{{ \(expression.text) }}': \(step.action.rawValue) has no such output",
                hint: outputs.isEmpty ? "it has none" : "it has " + Suggestion.oneOf(outputs))
            return
        }
    }
}
