/// Reads a workflow document and reports everything that is wrong with it.
struct WorkflowParser {
    let diagnostics: Diagnostics
    /// Nil for a document by itself.
    let type: WorkflowType?
    var values: ValueReader { .component(diagnostics) }

    func parse(_ root: DocumentNode, source: String) -> WorkflowDocument? {
        guard let reader = MappingReader(root, "the workflow", values) else { return nil }
        let name = reader.string("name")
        let description = reader.string("description")
        let version = reader.positionedString("schemaVersion", required: true)
        if let version, version.value != "1.0", version.value != "1" {
            diagnostics.error(
                at: version.position, "the schema version is '\(version.value)'", hint: "expected 1.0")
        }
        let parameters = reader.mappings("parameters", of: "the parameter", parameter)
        checkNames(parameters.map { ($0.name, $0.position) }, "parameters")
        let steps = steps(reader)
        let outputs = reader.mappings("outputs", of: "the output", output)
        checkNames(outputs.map { ($0.name, $0.position) }, "outputs")
        reader.finish()
        let document = WorkflowDocument(
            name: name, description: description, schemaVersion: "1.0", parameters: parameters, steps: steps,
            outputs: outputs, source: source)
        WorkflowCheck(document: document, diagnostics: diagnostics, type: type).run()
        return document
    }

    private func parameter(_ reader: MappingReader) -> WorkflowParameter? {
        let name = reader.positionedString("name", required: true)
        // The guide requires it, and says in the same line that it is a string where it is left off.
        let kind = reader.choice("type", WorkflowParameter.Kind.self) ?? .string
        let description = reader.string("description")
        let node = reader.value("default")
        guard let name else { return nil }
        let standard = node.flatMap { self.standard($0, kind, "'default' of the parameter '\(name.value)'") }
        return WorkflowParameter(
            name: name.value, kind: kind, defaultValue: standard, description: description, position: name.position)
    }

    private func standard(_ node: DocumentNode, _ kind: WorkflowParameter.Kind, _ what: String) -> WorkflowValue? {
        switch kind {
        case .string: return values.string(node, what).map { .string($0) }
        case .integer: return values.int(node, what, in: Int.min...Int.max).map { .integer($0) }
        case .boolean: return values.bool(node, what).map { .boolean($0) }
        case .stringList:
            return values.list(node, what).map { elements in
                .list(elements.compactMap { values.string($0, "an element of \(what)") }.map { .string($0) })
            }
        }
    }

    private func output(_ reader: MappingReader) -> WorkflowOutput? {
        let name = reader.positionedString("name", required: true)
        let value = reader.value("value", required: true)
        // The guide lists it, and nothing depends on it.
        reader.skip("description")
        guard let name, let value else { return nil }
        return WorkflowOutput(name: name.value, value: comparedInput(value), position: name.position)
    }

    private func steps(_ reader: MappingReader) -> [WorkflowStep] {
        guard let nodes = reader.list("steps", required: true) else { return [] }
        if nodes.isEmpty {
            diagnostics.error(at: reader.keyPosition("steps"), "the workflow has no step")
        }
        if nodes.count > WorkflowDocument.maximumSteps {
            diagnostics.error(
                at: nodes[WorkflowDocument.maximumSteps].position,
                "the workflow has \(nodes.count) steps; Image Builder takes \(WorkflowDocument.maximumSteps)",
                rule: .quota)
        }
        let steps = nodes.compactMap(step)
        checkNames(steps.map { ($0.name, $0.position) }, "steps")
        return steps
    }

    private func checkNames(_ names: [(name: String, position: SourcePosition)], _ what: String) {
        var first: [String: Int] = [:]
        for (name, position) in names {
            if let line = first[name] {
                diagnostics.error(
                    at: position, "the name '\(name)' is used twice among the workflow's \(what)",
                    hint: "it is first on line \(line)", rule: .duplicateName)
            }
            first[name] = first[name] ?? position.line
        }
    }
}
