extension ComponentParser {
    func step(_ node: DocumentNode) -> ComponentStep? {
        let name = node["name"]?.text
        guard let reader = MappingReader(node, name.map { "the step '\($0)'" } ?? "the step", values) else {
            return nil
        }
        defer { reader.finish() }
        let stepName = reader.string("name", required: true)
        let action = action(reader)
        let timeout = timeout(reader)
        let onFailure = reader.choice("onFailure", ComponentStep.FailureAction.self) ?? .abort
        let maxAttempts = reader.int("maxAttempts", in: 1...Int.max) ?? 1
        let disablesLogging = reader.bool("disableLogging") ?? false
        let loop = reader.value("loop").flatMap { self.loop($0, of: reader.subject, at: reader.keyPosition("loop")) }
        let condition = reader.value("if").flatMap {
            self.stepCondition($0, of: reader.subject, at: reader.keyPosition("if"))
        }
        let inputs = reader.value("inputs")
        guard let stepName, let action else { return nil }
        checkInputs(inputs, of: action, step: reader)
        let assertion =
            action == .assert ? inputs.flatMap { self.condition($0, "the assertion of \(reader.subject)") } : nil
        return ComponentStep(
            name: stepName, action: action, timeoutSeconds: timeout, onFailure: onFailure, maxAttempts: maxAttempts,
            disablesLogging: disablesLogging, inputs: inputs.map(InputValue.init), loop: loop, condition: condition,
            assertion: assertion, position: node.position)
    }

    private func action(_ reader: MappingReader) -> ActionModule? {
        guard let text = reader.positionedString("action", required: true) else { return nil }
        guard let action = ActionModule(rawValue: text.value) else {
            let names = ActionModule.allCases.map(\.rawValue)
            diagnostics.error(
                at: text.position, "unknown action '\(text.value)'",
                hint: Suggestion.hint(for: text.value, in: names, listing: 0))
            return nil
        }
        return action
    }

    /// The step's limit in seconds; nil for none.
    private func timeout(_ reader: MappingReader) -> Int? {
        guard let node = reader.value("timeoutSeconds") else { return ComponentStep.defaultTimeoutSeconds }
        let what = "'timeoutSeconds' of \(reader.subject)"
        guard let seconds = values.int(node, what, in: Int.min...Int.max) else { return nil }
        if seconds == -1 { return nil }
        if seconds < 1 {
            diagnostics.error(
                at: node.position, "\(what) must be at least 1, found \(seconds)", hint: "-1 means no limit")
        }
        return seconds
    }
}
