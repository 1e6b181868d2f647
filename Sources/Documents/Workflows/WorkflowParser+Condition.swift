extension WorkflowParser {
    /// - Parameter level: from 1, which the `if` has.
    func condition(_ node: DocumentNode, _ subject: String, level: Int) -> WorkflowCondition? {
        guard level <= WorkflowCondition.mostLevels else {
            diagnostics.error(
                at: node.position, "conditions nest at most \(WorkflowCondition.mostLevels) levels deep")
            return nil
        }
        // The guide's examples have a list of one as well as a mapping.
        let elements = node.elements
        guard let reader = MappingReader(elements?.count == 1 ? elements?.first ?? node : node, subject, values) else {
            return nil
        }
        defer { reader.finish() }
        let keys = (reader.node.entries ?? []).filter { Self.words.contains($0.key) }
        reader.skip(keys.map(\.key))
        guard let entry = keys.first else {
            reader.skip("value")
            let near = reader.node.entries?.first { $0.key != "value" }
            diagnostics.error(
                at: near?.keyPosition ?? reader.node.position, "\(subject) has no operator",
                hint: near.flatMap { Suggestion.hint(for: $0.key, in: Self.words, listing: 0) }
                    ?? "one of \(Self.words.joined(separator: ", "))")
            reader.skip((reader.node.entries ?? []).map(\.key))
            return nil
        }
        guard keys.count == 1 else {
            reader.skip("value")
            diagnostics.error(
                at: keys[1].keyPosition,
                "\(subject) has more than one operator: \(entry.key) and \(keys[1].key)",
                hint: "join them with 'and' or 'or'")
            return nil
        }
        switch entry.key {
        case "and": return conditions(entry, level).map(WorkflowCondition.and)
        case "or": return conditions(entry, level).map(WorkflowCondition.or)
        case "not": return condition(entry.value, "'not'", level: level + 1).map(WorkflowCondition.not)
        default: return comparison(entry, reader)
        }
    }

    private static let words = ["and", "or", "not"] + WorkflowCondition.Operator.allCases.map(\.rawValue)

    private func conditions(_ entry: DocumentNode.Entry, _ level: Int) -> [WorkflowCondition]? {
        guard let nodes = values.list(entry.value, "'\(entry.key)'") else { return nil }
        guard (1...WorkflowCondition.mostChildren).contains(nodes.count) else {
            diagnostics.error(
                at: entry.keyPosition,
                "'\(entry.key)' has \(nodes.count) conditions; 1 to \(WorkflowCondition.mostChildren) are taken")
            return nil
        }
        let conditions = nodes.compactMap { condition($0, "a condition of '\(entry.key)'", level: level + 1) }
        return conditions.count == nodes.count ? conditions : nil
    }

    private func comparison(_ entry: DocumentNode.Entry, _ reader: MappingReader) -> WorkflowCondition? {
        guard let comparison = WorkflowCondition.Operator(rawValue: entry.key) else { return nil }
        guard reader.has("value") else {
            diagnostics.error(at: entry.keyPosition, "'\(entry.key)' needs 'value' beside it")
            return nil
        }
        reader.skip("value")
        let baseline = comparedInput(entry.value)
        let value = reader.node["value"].map(comparedInput) ?? .value(.null)
        for (side, node) in [(baseline, entry.value), (value, reader.node["value"] ?? entry.value)] {
            guard case .value(let constant) = side, let what = comparison.mismatch(constant) else { continue }
            values.mismatch(node, "what '\(entry.key)' compares", what)
        }
        return .comparison(comparison, baseline: baseline, value: value)
    }
}

extension WorkflowCondition.Operator {
    /// What a constant should have been; nil where it is fine.
    fileprivate func mismatch(_ value: WorkflowValue) -> String? {
        switch self {
        case .stringEquals: nil
        case .booleanEquals: value.flag == nil ? "true or false" : nil
        default: Condition.isNumber(value.text) ? nil : "a number"
        }
    }
}
