extension WorkflowParser {
    /// The value of an input: a variable where its key says so.
    func input(_ entry: DocumentNode.Entry) -> WorkflowInput {
        let isMarked = entry.key.hasSuffix(".$")
        let name = Self.plain(entry.key)
        // A mark on a list is for what is in it.
        if isMarked, let elements = entry.value.elements { return .list(elements.map(comparedInput)) }
        guard let text = entry.value.text, case .string = entry.value.value else {
            if isMarked, entry.value.text == nil {
                values.mismatch(entry.value, "'\(entry.key)'", "a variable ($.stepOutputs.…)")
            }
            return input(entry.value)
        }
        guard text.hasPrefix(WorkflowVariable.prefix) else {
            let input = input(entry.value)
            // The guide's own examples have plain values with the mark; a text with variables in it is none.
            if isMarked, case .value = input {
                diagnostics.warning(
                    at: entry.value.position, "'\(entry.key)' is no variable",
                    hint: "without .$: \(name): \(text.prefix { !$0.isNewline }.prefix(60))")
            }
            return input
        }
        if !isMarked {
            // So do some of the guide's examples.
            diagnostics.warning(
                at: entry.keyPosition, "'\(name)' is given a variable", hint: "with .$: \(name).$: \(text)")
        }
        return variable(text, at: entry.value.position)
    }

    /// A value in which variables stand without a mark: of a condition, or an output.
    func comparedInput(_ node: DocumentNode) -> WorkflowInput {
        if case .string(let text) = node.value, text.hasPrefix(WorkflowVariable.prefix) {
            return variable(text, at: node.position)
        }
        return input(node)
    }

    private func variable(_ text: String, at position: SourcePosition) -> WorkflowInput {
        if let variable = WorkflowVariable(text, at: position) { return .variable(variable) }
        diagnostics.error(
            at: position, "'\(text)' is no variable of a workflow",
            hint: "$.parameters.NAME, $.stepOutputs.STEP.NAME, $.workflowOutputs.NAME or $.imagebuilder.NAME",
            rule: .unknownReference)
        return .value(.string(text))
    }

    private func input(_ node: DocumentNode) -> WorkflowInput {
        switch node.value {
        case .null, .unresolved: return .value(.null)
        case .bool(let flag): return .value(.boolean(flag))
        case .int(let number):
            // What is written with zeros in front, or as an octal, is a text to whoever gets it.
            return .value(node.text == "\(number)" ? .integer(number) : .string(node.text ?? "\(number)"))
        case .double: return .value(.number(node.text ?? ""))
        case .string(let text): return interpolated(text, node)
        case .sequence(let elements): return .list(elements.map { input($0) })
        case .mapping(let entries):
            return .mapping(entries.map { WorkflowInput.Entry(key: Self.plain($0.key), value: input($0)) })
        }
    }

    /// Only `{{ $.… }}` is a variable; other braces stay.
    private func interpolated(_ text: String, _ node: DocumentNode) -> WorkflowInput {
        var parts: [WorkflowInput.Part] = []
        var (literal, search) = (text.startIndex, text.startIndex)
        while let open = text[search...].firstRange(of: "{{"),
            let close = text[open.upperBound...].firstRange(of: "}}")
        {
            let content = text[open.upperBound..<close.lowerBound].trimmingBlanks
            search = close.upperBound
            guard content.hasPrefix(WorkflowVariable.prefix) else { continue }
            let position = node.position(inside: text, at: open.lowerBound)
            guard case .variable(let found) = variable(String(content), at: position) else { continue }
            if literal < open.lowerBound { parts.append(.literal(String(text[literal..<open.lowerBound]))) }
            parts.append(.variable(found))
            literal = close.upperBound
        }
        guard !parts.isEmpty else { return .value(.string(text)) }
        if literal < text.endIndex { parts.append(.literal(String(text[literal...]))) }
        return .text(parts)
    }
}
