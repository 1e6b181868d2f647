extension Template {
    /// Reads a template, YAML or JSON.
    ///
    /// Throws if the text cannot be read at all, or is no template; mistakes in its sections are kept in
    /// `diagnostics`, so that `resolve` can report them together with what it finds.
    public static func parse(text: String, file: String) throws(DocumentFailure) -> Template {
        let diagnostics = Diagnostics()
        let reader = DocumentReader(dialect: .template, map: .file(file), diagnostics: diagnostics)
        guard let root = reader.read(text), let template = TemplateParser(diagnostics: diagnostics).parse(root) else {
            throw DocumentFailure(diagnostics.sorted)
        }
        return template
    }
}

/// Reads the sections of a template.
struct TemplateParser {
    let diagnostics: Diagnostics
    var values: ValueReader { .template(diagnostics) }

    /// The only version there is.
    private static let formatVersion = "2010-09-09"

    func parse(_ root: DocumentNode) -> Template? {
        guard let reader = MappingReader(root, "the template", values) else { return nil }
        if let version = reader.positionedString("AWSTemplateFormatVersion"), version.value != Self.formatVersion {
            diagnostics.error(
                at: version.position, "the template format version is '\(version.value)'",
                hint: "expected \(Self.formatVersion)")
        }
        let description = reader.string("Description")
        let kiln = kilnLayer(reader.value("Metadata"))
        for key in ["Transform", "Rules"] where reader.value(key) != nil {
            diagnostics.warning(at: reader.keyPosition(key), "'\(key)' is not used by Kiln yet")
        }
        reader.skip("Hooks")
        // Of the serverless transform.
        if reader.has("Transform") { reader.skip("Globals") }
        let parameters = entries(reader, "Parameters").compactMap(parameter)
        let mappings = entries(reader, "Mappings")
        for mapping in mappings { checkMapping(mapping) }
        let conditions = entries(reader, "Conditions")
        let resources = entries(reader, "Resources", required: true).compactMap(resource)
        let outputs = entries(reader, "Outputs").compactMap(output)
        reader.finish()
        if root["Resources"]?.entries?.isEmpty ?? false {
            diagnostics.error(at: reader.keyPosition("Resources"), "the template has no resource")
        }
        return Template(
            file: root.position.file, description: description, parameters: parameters, resources: resources,
            outputs: outputs, mappings: mappings, conditions: conditions, kiln: kiln, diagnostics: diagnostics.sorted)
    }

    private func entries(_ reader: MappingReader, _ key: String, required: Bool = false) -> [DocumentNode.Entry] {
        guard let node = reader.value(key, required: required) else { return [] }
        guard let entries = node.entries else {
            values.mismatch(node, "'\(key)' of the template", "a mapping")
            return []
        }
        for entry in entries where !entry.key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) {
            diagnostics.error(
                at: entry.keyPosition, "'\(entry.key)' cannot be a name in '\(key)'", hint: "letters and digits only")
        }
        return entries
    }

    /// Two levels of keys, then texts or lists of texts.
    private func checkMapping(_ mapping: DocumentNode.Entry) {
        let what = "the mapping '\(mapping.key)'"
        guard let tops = mapping.value.entries else { return values.mismatch(mapping.value, what, "a mapping") }
        for top in tops {
            guard let seconds = top.value.entries else {
                values.mismatch(top.value, "'\(top.key)' of \(what)", "a mapping")
                continue
            }
            for second in seconds where second.value.entries != nil || second.value.isNull {
                values.mismatch(second.value, "'\(second.key)' of '\(top.key)' of \(what)", "a text or a list of texts")
            }
        }
    }

    private func resource(_ entry: DocumentNode.Entry) -> TemplateResource? {
        guard let reader = MappingReader(entry.value, "the resource '\(entry.key)'", values) else { return nil }
        defer { reader.finish() }
        let type = reader.positionedString("Type", required: true)
        let properties = reader.value("Properties")
        let kiln = kilnLayer(reader.value("Metadata"))
        let condition = reader.positionedString("Condition")
        let dependsOn = dependencies(reader)
        reader.skip("DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy")
        guard let type else { return nil }
        checkType(type)
        return TemplateResource(
            logicalID: entry.key, type: type.value, properties: properties, condition: condition,
            dependsOn: dependsOn, kiln: kiln, position: entry.keyPosition)
    }

    private func checkType(_ type: Positioned<String>) {
        let parts = type.value.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, type.value.contains("::") else {
            diagnostics.error(
                at: type.position, "'\(type.value)' is not a resource type",
                hint: "such as AWS::ImageBuilder::Component")
            return
        }
        guard type.value.hasPrefix("AWS::ImageBuilder::") else {
            let near = Suggestion.nearest(to: type.value, in: ResourceType.allCases.map(\.rawValue))
            if let near, !type.value.hasPrefix("AWS::EC2") {
                diagnostics.warning(
                    at: type.position, "'\(type.value)' is passed over", hint: "did you mean '\(near)'?")
            }
            return
        }
        guard let known = ResourceType(rawValue: type.value) else {
            let names = ResourceType.allCases.map(\.rawValue)
            diagnostics.error(
                at: type.position, "unknown resource type '\(type.value)'",
                hint: Suggestion.hint(for: type.value, in: names))
            return
        }
        if known == .containerRecipe {
            diagnostics.warning(at: type.position, "container images are not built by Kiln")
        }
    }

    private func dependencies(_ reader: MappingReader) -> [Positioned<String>] {
        guard let node = reader.value("DependsOn") else { return [] }
        return (node.elements ?? [node]).compactMap { node in
            values.string(node, "'DependsOn' of \(reader.subject)").map { Positioned($0, at: node.position) }
        }
    }

    private func output(_ entry: DocumentNode.Entry) -> TemplateOutput? {
        guard let reader = MappingReader(entry.value, "the output '\(entry.key)'", values) else { return nil }
        defer { reader.finish() }
        let export = reader.mapping("Export") { $0.value("Name", required: true) }
        let description = reader.string("Description")
        let condition = reader.positionedString("Condition")
        guard let value = reader.value("Value", required: true) else { return nil }
        return TemplateOutput(
            name: entry.key, description: description, value: value, condition: condition, exportName: export)
    }

    /// What a `Metadata` section says to Kiln; the rest of it is not ours.
    private func kilnLayer(_ metadata: DocumentNode?) -> KilnSettings.Layer {
        guard let node = metadata?["Kiln"] else { return KilnSettings.Layer() }
        return KilnSettings.Layer.read(node, "'Metadata: Kiln'", values) ?? KilnSettings.Layer()
    }
}
