extension ComponentParser {
    /// A step's `if`: a conditional expression, with `then` and `else` beside its operator.
    func stepCondition(_ node: DocumentNode, of step: String, at position: SourcePosition) -> StepCondition? {
        // The guide's syntax shows a list of one, its examples a mapping.
        guard let reader = conditionReader(node, "the 'if' of \(step)") else { return nil }
        defer { reader.finish() }
        let then = reader.choice("then", StepCondition.Branch.self)
        let otherwise = reader.choice("else", StepCondition.Branch.self)
        guard let condition = condition(reader) else { return nil }
        return StepCondition(condition: condition, then: then ?? .execute, else: otherwise ?? .skip, position: position)
    }

    /// A conditional expression by itself, as Assert takes it.
    func condition(_ node: DocumentNode, _ subject: String) -> Condition? {
        guard let reader = conditionReader(node, subject) else { return nil }
        defer { reader.finish() }
        return condition(reader)
    }

    private func conditionReader(_ node: DocumentNode, _ subject: String) -> MappingReader? {
        let elements = node.elements
        return MappingReader(elements?.count == 1 ? elements?.first ?? node : node, subject, values)
    }

    private func condition(_ reader: MappingReader) -> Condition? {
        let keys = (reader.node.entries ?? []).filter { Self.operatorNames[$0.key.lowercased()] != nil }
        reader.skip(keys.map(\.key))
        guard let entry = keys.first else {
            reader.skip(Self.operatorNames.values.sorted() + ["value", "path"])
            if reader.node.entries?.allSatisfy({ ["then", "else", "value", "path"].contains($0.key) }) ?? true {
                diagnostics.error(at: reader.node.position, "\(reader.subject) has no operator")
            }
            return nil
        }
        guard keys.count == 1 else {
            diagnostics.error(
                at: keys[1].keyPosition,
                "\(reader.subject) has more than one operator: \(entry.key) and \(keys[1].key)",
                hint: "join them with 'and' or 'or'")
            reader.skip(["value", "path"])
            return nil
        }
        let name = Self.operatorNames[entry.key.lowercased()] ?? entry.key
        if name != entry.key {
            diagnostics.warning(
                at: entry.keyPosition, "the operator '\(entry.key)' is spelled '\(name)' in the language")
        }
        switch name {
        case "and": return conditions(entry).map(Condition.and)
        case "or": return conditions(entry).map(Condition.or)
        case "not": return condition(entry.value, "'not'").map(Condition.not)
        default: return comparison(entry, name, reader).map(Condition.comparison)
        }
    }

    private func conditions(_ entry: DocumentNode.Entry) -> [Condition]? {
        guard let nodes = values.list(entry.value, "'\(entry.key)'") else { return nil }
        if nodes.isEmpty {
            diagnostics.error(at: entry.keyPosition, "'\(entry.key)' has no condition")
            return nil
        }
        let conditions = nodes.compactMap { condition($0, "a condition of '\(entry.key)'") }
        return conditions.count == nodes.count ? conditions : nil
    }

    private func comparison(
        _ entry: DocumentNode.Entry, _ name: String, _ reader: MappingReader
    ) -> Condition.Comparison? {
        guard let comparison = ComparisonOperator(rawValue: name) else { return nil }
        let operand = operand(entry.value, comparison, "'\(name)'")
        var subject: Interpolation?
        if let key = comparison.subjectKey {
            guard reader.has(key) else {
                diagnostics.error(at: entry.keyPosition, "'\(name)' needs '\(key)' beside it")
                return nil
            }
            reader.skip([key])
            guard let node = reader.node[key], let text = scalar(node, "'\(key)' of '\(name)'") else { return nil }
            subject = text
        }
        guard let operand else { return nil }
        return Condition.Comparison(
            operator: comparison, operand: operand, subject: subject, position: entry.keyPosition)
    }

    /// The operator's own value: a number, a pattern, a hash, a text.
    private func operand(_ node: DocumentNode, _ comparison: ComparisonOperator, _ what: String) -> Interpolation? {
        guard let text = scalar(node, what) else { return nil }
        guard text.expressions.isEmpty else { return text }
        if comparison.comparesNumbers, !Condition.isNumber(text.source) {
            diagnostics.error(at: node.position, "\(what) must be a number, found '\(text.source)'")
        }
        if let length = comparison.hashLength,
            text.source.count != length || !text.source.allSatisfy({ $0.isASCII && $0.isHexDigit })
        {
            diagnostics.error(
                at: node.position, "\(what) must be \(length) hexadecimal digits, found \(text.source.count) characters"
            )
        }
        return text
    }

    /// An empty value is the empty text: what a parameter leaves, `value:` may be compared with.
    private func scalar(_ node: DocumentNode, _ what: String) -> Interpolation? {
        if node.isNull { return Interpolation(node, text: "") }
        return values.string(node, what).map { Interpolation(node, text: $0) }
    }

    /// The names of all operators by their small letters; the guide itself spells one `stringlessThan`.
    private static let operatorNames = Dictionary(
        (ComparisonOperator.allCases.map(\.rawValue) + ["and", "or", "not"]).map { ($0.lowercased(), $0) }
    ) { first, _ in first }
}

extension Condition {
    /// Whether a text counts as a number in a comparison: digits with a sign and a point between them.
    public static func isNumber(_ text: String) -> Bool {
        let unsigned = text.first.map { "+-".contains($0) } ?? false ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }
}
