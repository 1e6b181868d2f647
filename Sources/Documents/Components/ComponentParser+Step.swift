extension ComponentParser {
    func step(_ node: DocumentNode) -> ComponentStep? {
        let name = node["name"]?.text
        guard let reader = MappingReader(node, name.map { "the step '\($0)'" } ?? "the step", values) else {
            return nil
        }
        defer { reader.finish() }
        let stepName = reader.string("name", required: true)
        let action = action(reader)
        let limits: Limits = diagnostics.under(.limits) { self.limits(reader, action) }
        let disablesLogging = reader.bool("disableLogging") ?? false
        let loop = diagnostics.under(.loop) {
            reader.value("loop").flatMap { self.loop($0, of: reader.subject, at: reader.keyPosition("loop")) }
        }
        let condition = diagnostics.under(.condition) {
            reader.value("if").flatMap { stepCondition($0, of: reader.subject, at: reader.keyPosition("if")) }
        }
        let inputs = reader.value("inputs")
        guard let stepName, let action else { return nil }
        diagnostics.under(.inputs) { checkInputs(inputs, of: action, step: reader) }
        let assertion = diagnostics.under(.condition) {
            action == .assert ? inputs.flatMap { self.condition($0, "the assertion of \(reader.subject)") } : nil
        }
        return ComponentStep(
            name: stepName, action: action, timeoutSeconds: limits.timeout, onFailure: limits.onFailure,
            maxAttempts: limits.attempts, disablesLogging: disablesLogging, inputs: inputs.map(InputValue.init),
            loop: loop, condition: condition,
            assertion: assertion, position: node.position)
    }

    private func action(_ reader: MappingReader) -> ActionModule? {
        guard let text = reader.positionedString("action", required: true) else { return nil }
        guard let action = ActionModule(rawValue: text.value) else {
            let names = ActionModule.allCases.map(\.rawValue)
            diagnostics.error(
                at: text.position, "unknown action '\(text.value)'",
                hint: Suggestion.hint(for: text.value, in: names, listing: 0), rule: .unknownAction)
            return nil
        }
        return action
    }

    private typealias Limits = (timeout: Int?, onFailure: ComponentStep.FailureAction, attempts: Int)

    private func limits(_ reader: MappingReader, _ action: ActionModule?) -> Limits {
        let limits = (
            timeout: timeout(reader), onFailure: reader.choice("onFailure", ComponentStep.FailureAction.self) ?? .abort,
            attempts: reader.int("maxAttempts", in: 1...Int.max) ?? 1
        )
        if action == .executeDocument {
            // It runs once, for as long as its documents take; the service refuses other values.
            if reader.has("timeoutSeconds"), limits.timeout != nil {
                diagnostics.error(
                    at: reader.keyPosition("timeoutSeconds"), "ExecuteDocument takes no time limit",
                    hint: "-1 or nothing")
            }
            if limits.attempts != 1 {
                diagnostics.error(
                    at: reader.keyPosition("maxAttempts"), "ExecuteDocument runs once", hint: "1 or nothing")
            }
            return (nil, limits.onFailure, 1)
        }
        return limits
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
