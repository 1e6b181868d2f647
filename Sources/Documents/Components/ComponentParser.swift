/// Reads a component document and reports everything that is wrong with it.
struct ComponentParser {
    let diagnostics: Diagnostics
    /// Of the component; nil for a document by itself.
    var platform: Platform?
    var values: ValueReader { .component(diagnostics) }

    /// The names of the document's parameters and constants may be this long.
    private static let nameLength = 3...128

    func parse(_ root: DocumentNode, source: String) -> ComponentDocument? {
        guard let reader = MappingReader(root, "the component", values) else { return nil }
        let name = reader.string("name")
        let description = reader.string("description")
        let schemaVersion = reader.positionedString("schemaVersion", required: true)
        if let schemaVersion, schemaVersion.value != "1.0", schemaVersion.value != "1" {
            diagnostics.error(
                at: schemaVersion.position, "the schema version is '\(schemaVersion.value)'", hint: "expected 1.0")
        }
        let parameters = named(reader, "parameters", "the parameter", parameter)
        let constants = named(reader, "constants", "the constant", constant)
        checkNames(parameters.map { ($0.name, $0.position) } + constants.map { ($0.name, $0.position) })
        checkQuotas(parameters)
        let phases = phases(reader)
        reader.finish()
        let document = ComponentDocument(
            name: name, description: description, schemaVersion: "1.0", parameters: parameters, constants: constants,
            phases: phases, source: source)
        ExpressionCheck(document: document, root: root, diagnostics: diagnostics).run()
        FlowCheck(document: document, diagnostics: diagnostics).run()
        PlatformCheck(document: document, diagnostics: diagnostics).run(platform)
        return document
    }

    /// A list of one-key mappings, `- Name: {…}`, as parameters and constants are written.
    private func named<Result>(
        _ reader: MappingReader, _ key: String, _ subject: String,
        _ read: (String, DocumentNode, MappingReader) -> Result?
    ) -> [Result] {
        (reader.list(key) ?? []).compactMap { node in
            guard let entries = node.entries, entries.count == 1, let entry = entries.first else {
                values.mismatch(node, "an element of '\(key)'", "one name with its settings below it")
                return nil
            }
            let subject = "\(subject) '\(entry.key)'"
            guard let settings = MappingReader(entry.value, subject, values) else { return nil }
            defer { settings.finish() }
            if let type = settings.positionedString("type", required: true), type.value != "string" {
                diagnostics.error(
                    at: type.position, "the type of \(subject) is '\(type.value)'", hint: "the only type is string")
            }
            return read(entry.key, node, settings)
        }
    }

    private func parameter(_ name: String, _ node: DocumentNode, _ settings: MappingReader) -> ComponentParameter? {
        // The runner has no use for them; documents that have them are taken.
        _ = settings.strings("allowedValues")
        return ComponentParameter(
            name: name, defaultValue: settings.string("default"), description: settings.string("description"),
            position: node.position)
    }

    private func constant(_ name: String, _ node: DocumentNode, _ settings: MappingReader) -> ComponentConstant? {
        let value = settings.string("value", required: true)
        return ComponentConstant(name: name, value: value ?? "", position: node.position)
    }

    private func checkNames(_ names: [(name: String, position: SourcePosition)]) {
        var first: [String: SourcePosition] = [:]
        for (name, position) in names {
            if let other = first[name] {
                diagnostics.error(
                    at: position, "the name '\(name)' is used twice among parameters and constants",
                    hint: "it is first on line \(other.line)", rule: .duplicateName)
            }
            first[name] = first[name] ?? position
            let letters = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            guard letters, Self.nameLength.contains(name.count) else {
                diagnostics.error(
                    at: position, "'\(name)' cannot be the name of a parameter or constant",
                    hint: "3 to 128 letters, digits, - and _")
                continue
            }
        }
    }

    private func phases(_ reader: MappingReader) -> [ComponentPhase] {
        guard let nodes = reader.list("phases", required: true) else { return [] }
        if nodes.isEmpty {
            diagnostics.error(at: reader.keyPosition("phases"), "the component has no phase")
            return []
        }
        var names: [String: Int] = [:]
        let phases = nodes.compactMap { node -> ComponentPhase? in
            guard let phase = MappingReader(node, "the phase", values) else { return nil }
            defer { phase.finish() }
            guard let name = phase.positionedString("name", required: true) else {
                phase.skip("steps")
                return nil
            }
            if let line = names.updateValue(name.position.line, forKey: name.value) {
                diagnostics.error(
                    at: name.position, "the phase '\(name.value)' stands twice", hint: "it is first on line \(line)",
                    rule: .duplicateName)
            }
            return ComponentPhase(name: name.value, steps: steps(phase, of: name.value), position: node.position)
        }
        let run = [
            ComponentPhase.build, ComponentPhase.validate, ComponentPhase.test, ComponentPhase.containerHostTest,
        ]
        if !phases.isEmpty, !phases.contains(where: { run.contains($0.name) }) {
            let near = phases.lazy.compactMap { Suggestion.nearest(to: $0.name, in: run) }.first
            diagnostics.warning(
                at: phases[0].position, "no phase is called build, validate or test: a build runs nothing of this",
                hint: near.map { "did you mean '\($0)'?" }, rule: .phases)
        }
        return phases
    }

    private func steps(_ phase: MappingReader, of name: String) -> [ComponentStep] {
        guard let nodes = phase.list("steps", required: true) else { return [] }
        if nodes.isEmpty {
            diagnostics.error(at: phase.keyPosition("steps"), "the phase '\(name)' has no step")
        }
        var names: [String: Int] = [:]
        return nodes.compactMap { node in
            guard let step = step(node) else { return nil }
            if let line = names.updateValue(step.position.line, forKey: step.name) {
                diagnostics.error(
                    at: step.position, "the step '\(step.name)' stands twice in the phase '\(name)'",
                    hint: "it is first on line \(line)", rule: .duplicateName)
            }
            return step
        }
    }
}
