extension ComponentParser {
    /// A step's `loop`: `for`, or `forEach` with a list or a text to cut.
    func loop(_ node: DocumentNode, of step: String, at position: SourcePosition) -> Loop? {
        guard let reader = MappingReader(node, "the loop of \(step)", values) else { return nil }
        defer { reader.finish() }
        let name = reader.positionedString("name")
        if let name, name.value == Loop.ownName {
            diagnostics.error(
                at: name.position, "a loop cannot be called 'loop'", hint: "every step's loop has that name already")
        } else if let name, !ChainingExpression.isName(name.value) {
            diagnostics.error(
                at: name.position, "'\(name.value)' cannot be the name of a loop", hint: "letters, digits, - and _")
        }
        let range = reader.mapping("for") { self.range($0) }
        let each = reader.value("forEach")
        switch (reader.has("for"), each) {
        case (true, nil):
            return range.map { Loop(name: name?.value, values: $0, position: position) }
        case (false, let each?):
            return sequence(each, of: reader).map { Loop(name: name?.value, values: $0, position: position) }
        case (true, .some):
            diagnostics.error(at: reader.keyPosition("forEach"), "\(reader.subject) has both 'for' and 'forEach'")
            return nil
        case (false, nil):
            diagnostics.error(at: reader.node.position, "\(reader.subject) needs 'for' or 'forEach'")
            return nil
        }
    }

    /// Numbers that may lie further apart would overflow in their addition.
    private static let bounds = -1_000_000_000_000...1_000_000_000_000

    private func range(_ reader: MappingReader) -> Loop.Values? {
        let start = bound(reader, "start")
        let end = bound(reader, "end")
        let step = bound(reader, "updateBy")
        guard let start, let end, let step else { return nil }
        let position = reader.node["updateBy"]?.position ?? reader.node.position
        if step == 0 {
            diagnostics.error(at: position, "'updateBy' of \(reader.subject) is 0: the loop never ends")
            return nil
        }
        if (end - start).signum() * step.signum() < 0 {
            diagnostics.error(
                at: position, "the loop goes from \(start) by \(step) and never reaches \(end)",
                hint: "did you mean \(-step)?")
            return nil
        }
        let count = (end - start) / step + 1
        if count > Loop.mostIterations {
            diagnostics.error(
                at: position, "the loop has \(count) values; Kiln runs \(Loop.mostIterations) at most")
        }
        return .range(start: start, end: end, step: step)
    }

    private func bound(_ reader: MappingReader, _ key: String) -> Int? {
        if let text = reader.node[key]?.text, text.contains("{{") {
            _ = reader.value(key)
            diagnostics.error(
                at: reader.node[key]?.position ?? reader.node.position,
                "'\(key)' of \(reader.subject) takes no expression", hint: "write the number, or use 'forEach'")
            return nil
        }
        return reader.int(key, required: true, in: Self.bounds)
    }

    private func sequence(_ node: DocumentNode, of loop: MappingReader) -> Loop.Values? {
        if node.entries != nil { return delimited(node, of: loop) }
        if node.text != nil, !node.isNull {
            diagnostics.error(
                at: node.position, "'forEach' of \(loop.subject) must be a list, found \(node.kind)",
                hint: "write 'list:' below it for a text to cut")
            return nil
        }
        guard let nodes = values.list(node, "'forEach' of \(loop.subject)") else { return nil }
        if nodes.isEmpty {
            diagnostics.error(at: loop.keyPosition("forEach"), "'forEach' of \(loop.subject) is empty")
        }
        return .list(
            nodes.compactMap { node in
                values.string(node, "an element of 'forEach'").map { Interpolation(node, text: $0) }
            })
    }

    private func delimited(_ node: DocumentNode, of loop: MappingReader) -> Loop.Values? {
        guard let reader = MappingReader(node, "'forEach' of \(loop.subject)", values) else { return nil }
        defer { reader.finish() }
        let list = reader.positionedString("list", required: true)
        let delimiter = reader.positionedString("delimiter")
        if let delimiter, !Loop.delimiters.map(String.init).contains(delimiter.value) {
            diagnostics.error(
                at: delimiter.position, "'delimiter' of \(reader.subject) cannot be '\(delimiter.value)'",
                hint: "one of . , ; : - _, a space, \"\\n\" or \"\\t\"")
        }
        guard let list, let text = node["list"] else { return nil }
        return .delimited(
            Interpolation(text, text: list.value), delimiter: delimiter?.value.first ?? Loop.defaultDelimiter)
    }
}
