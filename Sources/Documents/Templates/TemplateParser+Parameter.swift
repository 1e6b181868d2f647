extension TemplateParser {
    func parameter(_ entry: DocumentNode.Entry) -> TemplateParameter? {
        guard let reader = MappingReader(entry.value, "the parameter '\(entry.key)'", values) else { return nil }
        defer { reader.finish() }
        let type = reader.positionedString("Type", required: true)
        let lengths = range(
            reader.int("MinLength", in: 0...Int.max) ?? 0, reader.int("MaxLength", in: 0...Int.max) ?? .max, reader)
        let numbers = range(
            number(reader, "MinValue") ?? -.infinity, number(reader, "MaxValue") ?? .infinity, reader)
        let secret = reader.bool("NoEcho") ?? false
        // Before anything of the parameter can be shown.
        if secret, let text = reader.node["Default"]?.text { diagnostics.hide(text) }
        let defaultValue = reader.string("Default")
        let allowed = reader.strings("AllowedValues") ?? []
        let pattern = reader.string("AllowedPattern")
        let explanation = reader.string("ConstraintDescription")
        let description = reader.string("Description")
        guard let type else { return nil }
        var kind = TemplateParameter.Kind(type: type.value)
        if kind == nil {
            let types = ["String", "Number", "List<Number>", "CommaDelimitedList"]
            diagnostics.error(
                at: type.position, "unknown type '\(type.value)' of the parameter '\(entry.key)'",
                hint: Suggestion.hint(for: type.value, in: types)
                    ?? "expected \(Suggestion.oneOf(types)) or an AWS type")
            kind = .string
        }
        guard let kind else { return nil }
        return TemplateParameter(
            name: entry.key, type: type.value, kind: kind, description: description, defaultValue: defaultValue,
            allowedValues: allowed, allowedPattern: pattern, constraintDescription: explanation,
            lengths: lengths ?? 0...Int.max, numbers: numbers ?? -.infinity ... .infinity, isSecret: secret,
            position: entry.keyPosition)
    }

    private func number(_ reader: MappingReader, _ key: String) -> Double? {
        guard let node = reader.value(key), !node.isUnresolved else { return nil }
        guard let number = node.text.flatMap(ScalarType.double) else {
            values.mismatch(node, "'\(key)' of \(reader.subject)", "a number")
            return nil
        }
        return number
    }

    private func range<Bound: Comparable>(_ least: Bound, _ most: Bound, _ reader: MappingReader) -> ClosedRange<Bound>?
    {
        guard least <= most else {
            diagnostics.error(at: reader.node.position, "the bounds of \(reader.subject) exclude every value")
            return nil
        }
        return least...most
    }
}
