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
        let loop = notYetRun(reader, "loop")
        let condition = notYetRun(reader, "if")
        let inputsNode = reader.value("inputs")
        guard let stepName, let action, let inputs = inputs(action, inputsNode, of: reader) else { return nil }
        return ComponentStep(
            name: stepName, action: action, timeoutSeconds: timeout, onFailure: onFailure, maxAttempts: maxAttempts,
            disablesLogging: disablesLogging,
            inputs: inputs, inputsNode: inputsNode, loop: loop, condition: condition, position: node.position)
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
        guard action.isRunByKiln else {
            let platforms = action.platforms.map(\.rawValue).sorted()
            let reason = action.platforms.contains(.linux) ? "" : ": it is for \(Suggestion.oneOf(platforms)) only"
            diagnostics.error(
                at: text.position, "the action \(action.rawValue) is not yet run by Kiln\(reason)",
                hint: "Kiln runs "
                    + ActionModule.allCases.filter(\.isRunByKiln).map(\.rawValue).joined(separator: " and "))
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

    private func notYetRun(_ reader: MappingReader, _ key: String) -> DocumentNode? {
        guard let node = reader.value(key) else { return nil }
        diagnostics.error(at: reader.keyPosition(key), "'\(key)' of a step is not yet run by Kiln")
        return node
    }

    private func inputs(_ action: ActionModule, _ node: DocumentNode?, of step: MappingReader) -> StepInputs? {
        switch action {
        case .executeBash:
            guard let node else {
                diagnostics.error(at: step.node.position, "\(step.subject) needs 'inputs' with 'commands'")
                return nil
            }
            guard let reader = MappingReader(node, "the inputs of \(step.subject)", values) else { return nil }
            defer { reader.finish() }
            return commands(reader).map(StepInputs.executeBash)
        case .reboot:
            guard let node else { return .reboot(delaySeconds: 0) }
            guard let reader = MappingReader(node, "the inputs of \(step.subject)", values) else { return nil }
            defer { reader.finish() }
            return .reboot(delaySeconds: reader.int("delaySeconds", in: 0...Int.max) ?? 0)
        default:
            return nil
        }
    }

    private func commands(_ reader: MappingReader) -> [Interpolation]? {
        guard let nodes = reader.list("commands", required: true) else { return nil }
        if nodes.isEmpty {
            diagnostics.error(at: reader.keyPosition("commands"), "'commands' of \(reader.subject) is empty")
        }
        return nodes.compactMap { node in
            if node.entries != nil {
                diagnostics.error(
                    at: node.position, "a command must be a text, found a mapping",
                    hint: "quote it, or write it under '|': a ': ' makes YAML read a mapping")
                return nil
            }
            return values.string(node, "a command").map { Interpolation(node, text: $0) }
        }
    }
}
