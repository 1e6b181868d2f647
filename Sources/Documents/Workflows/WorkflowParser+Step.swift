extension WorkflowParser {
    private static let nameLength = 3...128

    func step(_ node: DocumentNode) -> WorkflowStep? {
        let name = node["name"]?.text
        guard let reader = MappingReader(node, name.map { "the step '\($0)'" } ?? "the step", values) else {
            return nil
        }
        defer { reader.finish() }
        let stepName = reader.positionedString("name", required: true)
        if let stepName { check(name: stepName) }
        let action = action(reader)
        let description = reader.positionedString("description")
        if let description, !(1...1024).contains(description.value.unicodeScalars.count) {
            diagnostics.error(
                at: description.position, "'description' of \(reader.subject) must have 1 to 1024 characters")
        }
        let onFailure = reader.choice("onFailure", WorkflowStep.FailureAction.self) ?? .abort
        let rollback = rollback(reader)
        let timeout = diagnostics.under(.limits) { self.timeout(reader, action) }
        let condition = diagnostics.under(.condition) {
            reader.value("if").flatMap { self.condition($0, "the 'if' of \(reader.subject)", level: 1) }
        }
        let inputs = diagnostics.under(.inputs) { self.inputs(reader, action) }
        guard let stepName, let action else { return nil }
        return WorkflowStep(
            name: stepName.value, action: action, description: description?.value, onFailure: onFailure,
            rollbackEnabled: rollback, timeoutSeconds: timeout ?? action.minutes.standard * 60, condition: condition,
            inputs: inputs, position: node.position)
    }

    private func check(name: Positioned<String>) {
        let letters = name.value.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        if !letters || !Self.nameLength.contains(name.value.count) {
            diagnostics.error(
                at: name.position, "'\(name.value)' cannot be the name of a step",
                hint: "3 to 128 letters, digits and _")
        }
    }

    private func action(_ reader: MappingReader) -> WorkflowAction? {
        guard let text = reader.positionedString("action", required: true) else { return nil }
        guard let action = WorkflowAction(rawValue: text.value) else {
            diagnostics.error(
                at: text.position, "unknown action '\(text.value)'",
                hint: Suggestion.hint(for: text.value, in: WorkflowAction.allCases.map(\.rawValue), listing: 0),
                rule: .unknownAction)
            return nil
        }
        if let type, !action.types.contains(type) {
            let types = WorkflowType.allCases.filter(action.types.contains).map(\.rawValue)
            diagnostics.error(
                at: text.position, "\(text.value) is no action of a workflow of type \(type.rawValue)",
                hint: "of \(Suggestion.oneOf(types)) alone", rule: .unknownAction)
        }
        return action
    }

    private func rollback(_ reader: MappingReader) -> WorkflowInput {
        guard let node = reader.value("rollbackEnabled") else { return .value(.boolean(true)) }
        if let flag = node.bool { return .value(.boolean(flag)) }
        if let text = node.text, let variable = WorkflowVariable(text, at: node.position) { return .variable(variable) }
        values.mismatch(node, "'rollbackEnabled' of \(reader.subject)", "true, false or a variable ($.parameters.…)")
        return .value(.boolean(true))
    }

    private func timeout(_ reader: MappingReader, _ action: WorkflowAction?) -> Int? {
        reader.int("timeoutSeconds", in: 1...(action?.minutes.most ?? 10_080) * 60)
    }

    private func inputs(_ reader: MappingReader, _ action: WorkflowAction?) -> [WorkflowStep.Input] {
        let node = reader.value("inputs")
        let entries = node?.entries ?? []
        if let node, node.entries == nil { values.mismatch(node, "'inputs' of \(reader.subject)", "a mapping") }
        let inputs = entries.map { entry in
            WorkflowStep.Input(
                name: Self.plain(entry.key), value: input(entry), position: entry.keyPosition)
        }
        guard let action else { return inputs }
        let rules = action.inputs
        for input in inputs where !rules.contains(where: { $0.name == input.name }) {
            diagnostics.error(
                at: input.position, "\(action.rawValue) has no input '\(input.name)'",
                hint: Suggestion.hint(for: input.name, in: rules.map(\.name)))
        }
        for rule in rules where rule.isRequired && !inputs.contains(where: { $0.name == rule.name }) {
            diagnostics.error(
                at: node?.position ?? reader.node.position, "\(reader.subject) needs the input '\(rule.name)'",
                hint: rule.name == "instanceId" ? "instanceId.$: $.stepOutputs.STEP.instanceId" : nil)
        }
        return inputs
    }

    /// A key without the mark of a variable.
    static func plain(_ key: String) -> String { key.hasSuffix(".$") ? String(key.dropLast(2)) : key }
}
