/// Checks that every expression in a document refers to something that will be there when its step starts.
struct ExpressionCheck {
    let document: ComponentDocument
    /// The names of all phases and their steps, those included whose own mistakes keep them out of `document`.
    let declared: [(phase: String, steps: [String])]
    let diagnostics: Diagnostics
    /// The names of parameters and constants.
    private let names: [String]

    init(document: ComponentDocument, root: DocumentNode, diagnostics: Diagnostics) {
        self.document = document
        self.diagnostics = diagnostics
        declared = (root["phases"]?.elements ?? []).map { phase in
            (phase["name"]?.text ?? "", (phase["steps"]?.elements ?? []).map { $0["name"]?.text ?? "" })
        }
        names = document.parameters.map(\.name) + document.constants.map(\.name)
    }

    func run() {
        for phase in document.phases {
            guard let phaseIndex = declared.firstIndex(where: { $0.phase == phase.name }) else { continue }
            for step in phase.steps {
                guard let stepIndex = declared[phaseIndex].steps.firstIndex(of: step.name) else { continue }
                let place = Place(phase: phaseIndex, step: stepIndex)
                for expression in step.inputs?.expressions ?? [] {
                    check(expression, in: step, loop: step.loop, place)
                }
                // A loop's values and an `if` are known before the first iteration.
                let outside = (step.loop?.expressions ?? []) + (step.condition?.condition.expressions ?? [])
                for expression in outside { check(expression, in: step, loop: nil, place) }
                checkLookalikes(of: step)
            }
        }
    }

    /// Where a step stands in `declared`.
    struct Place {
        let phase: Int
        let step: Int
    }

    private func check(_ expression: ChainingExpression, in step: ComponentStep, loop: Loop?, _ place: Place) {
        switch expression.reference {
        case .variable(let name):
            checkVariable(name, at: expression.position)
        case .loop(let name, _):
            if let loop, [Loop.ownName, loop.name].contains(name) { return }
            warnOfLoop(expression, called: name, in: step, hasLoop: loop != nil)
        case .systemsManager(let name):
            // Whether it has a value, the settings know.
            if case .variable(let variable) = name { checkVariable(variable, at: expression.position) }
        case .step(let phase, let step, let source, let path):
            checkStep(expression, phase, step, source, path, from: place)
        }
    }

    private func checkVariable(_ name: String, at position: SourcePosition) {
        guard !names.contains(name) else { return }
        diagnostics.error(
            at: position, "'\(name)' is neither a parameter nor a constant of the component",
            hint: Suggestion.hint(for: name, in: names), rule: .unknownReference)
    }

    private func warnOfLoop(
        _ expression: ChainingExpression, called name: String, in step: ComponentStep, hasLoop: Bool
    ) {
        let why: String
        var hint: String?
        if hasLoop {
            why = "the loop of the step '\(step.name)' is not called '\(name)'"
            hint = step.loop?.name.flatMap { Suggestion.nearest(to: name, in: [$0]) }.map { "did you mean '\($0)'?" }
        } else if step.loop != nil {
            why = "a loop's value is only known in the inputs of its step"
        } else {
            why = "the step '\(step.name)' has no loop"
        }
        diagnostics.warning(
            at: expression.position, "\(why): '{{ \(expression.text) }}' stays as it is written", hint: hint,
            rule: .notResolved)
    }
}
