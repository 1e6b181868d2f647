/// Checks that every parameter of the Parameter Store that a document names has a value in the settings: Kiln asks no store.
struct StoredParameterCheck {
    /// The names that have one.
    let names: Set<String>
    let diagnostics: Diagnostics

    func run(_ document: ComponentDocument) {
        for step in document.phases.flatMap(\.steps) {
            let conditions = [step.condition?.condition, step.assertion].compactMap { $0 }
            let expressions =
                (step.inputs?.expressions ?? []) + (step.loop?.expressions ?? []) + conditions.flatMap(\.expressions)
            // An assertion is among its step's inputs, too.
            for expression in Set(expressions) { check(expression) }
        }
    }

    private func check(_ expression: ChainingExpression) {
        switch expression.reference {
        case .systemsManager(.literal(let name)), .systemsManager(.parameter(let name)):
            guard !names.contains(name) else { return }
            diagnostics.error(
                at: expression.position, "the parameter '\(name)' of the Parameter Store has no value here",
                hint: Suggestion.nearest(to: name, in: names.sorted()).map { "did you mean '\($0)'?" }
                    ?? "give it one under 'ssm' of kiln.yaml", rule: .unknownReference)
        default: break
        }
    }
}
