extension ComponentParser {
    /// Checks a step's inputs against its action's schema. What has expressions in it is checked as far as its value is
    /// known before the step starts.
    func checkInputs(_ node: DocumentNode?, of action: ActionModule, step: MappingReader) {
        let schema = action.schema
        guard let node else {
            guard schema.needsInputs else { return }
            let required = schema.fields.filter(\.isRequired).map { "'\($0.name)'" }
            let what = required.isEmpty ? "" : " with " + required.joined(separator: " and ")
            diagnostics.error(at: step.node.position, "\(step.subject) needs 'inputs'\(what)")
            return
        }
        let subject = "the inputs of \(step.subject)"
        switch schema.shape {
        case .condition:
            return
        case .mapping:
            checkMapping(node, schema, action, subject)
        case .list:
            guard let elements = node.elements else {
                guard !node.isUnresolved else { return }
                diagnostics.error(
                    at: node.position, "\(subject) must be a list, found \(node.kind)",
                    hint: node.entries == nil ? nil : "start each set of inputs with '- '")
                return
            }
            if elements.isEmpty { diagnostics.error(at: node.position, "\(subject) are empty") }
            for element in elements { checkMapping(element, schema, action, subject) }
        }
    }

    private func checkMapping(
        _ node: DocumentNode, _ schema: ActionSchema, _ action: ActionModule, _ subject: String
    ) {
        guard let reader = MappingReader(node, subject, values) else { return }
        defer { reader.finish() }
        for field in schema.fields {
            guard let value = reader.value(field.name, required: field.isRequired) else { continue }
            check(value, field, "'\(field.name)' of \(subject)", reader)
        }
        let alternatives = schema.oneOf.filter(reader.has)
        if !schema.oneOf.isEmpty, alternatives.count != 1 {
            let names = Suggestion.oneOf(schema.oneOf.map { "'\($0)'" })
            diagnostics.error(
                at: node.position,
                alternatives.isEmpty ? "\(subject) needs \(names)" : "\(subject) takes \(names), not both")
        }
        let partners = schema.together.filter(reader.has)
        if let given = partners.first, partners.count < schema.together.count {
            let missing = schema.together.filter { !partners.contains($0) }.map { "'\($0)'" }.joined(separator: ", ")
            diagnostics.warning(
                at: reader.keyPosition(given), "'\(given)' of \(subject) does nothing without \(missing) beside it")
        }
    }

    private func check(_ node: DocumentNode, _ field: ActionField, _ what: String, _ reader: MappingReader) {
        switch field.kind {
        case .string:
            guard let text = values.string(node, what), !hasExpressions(node, text) else { return }
            guard !field.allows(text) else { return }
            diagnostics.error(
                at: node.position, "\(what) must be \(Suggestion.oneOf(field.allowed)), found '\(text)'",
                hint: Suggestion.nearest(to: text, in: field.allowed).map { "did you mean '\($0)'?" })
        case .bool:
            if let text = node.text, hasExpressions(node, text) || ["true", "false"].contains(text.lowercased()) {
                return
            }
            _ = values.bool(node, what)
        case .integer:
            if let text = node.text, hasExpressions(node, text) || Int(text).map({ $0 >= 0 }) ?? false { return }
            _ = values.int(node, what, in: 0...Int.max)
        case .strings:
            checkStrings(node, what, reader.keyPosition(field.name), commands: field.name == "commands")
        case .scalars:
            if node.elements != nil {
                checkStrings(node, what, reader.keyPosition(field.name), commands: false)
            } else {
                _ = values.string(node, what)
            }
        case .texts:
            _ = reader.texts(field.name)
        case .parameters:
            checkParameters(node, what)
        }
    }

    private func checkStrings(_ node: DocumentNode, _ what: String, _ key: SourcePosition, commands: Bool) {
        guard let nodes = values.list(node, what) else { return }
        if nodes.isEmpty { diagnostics.error(at: key, "\(what) is empty") }
        let element = commands ? "a command" : "an element of \(what)"
        for node in nodes {
            if node.entries != nil {
                diagnostics.error(
                    at: node.position, "\(element) must be a text, found a mapping",
                    hint: "quote it, or write it under '|': a ': ' makes YAML read a mapping")
            } else {
                _ = values.string(node, element)
            }
        }
    }

    private func checkParameters(_ node: DocumentNode, _ what: String) {
        var names: [String: Int] = [:]
        for node in values.list(node, what) ?? [] {
            guard let parameter = MappingReader(node, "an element of \(what)", values) else { continue }
            defer { parameter.finish() }
            let name = parameter.positionedString("name", required: true)
            _ = parameter.string("value", required: true)
            if let name, let line = names.updateValue(name.position.line, forKey: name.value) {
                diagnostics.error(
                    at: name.position, "the parameter '\(name.value)' is given twice",
                    hint: "it is first on line \(line)")
            }
        }
    }

    func hasExpressions(_ node: DocumentNode, _ text: String) -> Bool {
        text.contains("{{") && !Interpolation(node, text: text).expressions.isEmpty
    }
}
