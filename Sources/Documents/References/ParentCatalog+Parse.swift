extension ParentCatalog {
    /// Reads `images/catalog.yaml`. Throws every problem found in it.
    public static func parse(text: String, file: String) throws(DocumentFailure) -> ParentCatalog {
        let diagnostics = Diagnostics()
        let reader = DocumentReader(dialect: .plain, map: .file(file), diagnostics: diagnostics)
        var catalog: ParentCatalog?
        if let root = reader.read(text),
            let mapping = MappingReader(root, "the image catalog", .component(diagnostics))
        {
            let entries = mapping.mappings("images", of: "the entry", required: true) { entry -> Entry? in
                let image = entry.string("image", required: true)
                let patterns = (entry.list("references", required: true) ?? []).compactMap {
                    pattern($0, entry.values)
                }
                return image.map { Entry(image: $0, patterns: patterns) }
            }
            mapping.finish()
            catalog = ParentCatalog(entries: entries)
        }
        try diagnostics.check()
        guard let catalog else { throw DocumentFailure(diagnostics.sorted) }
        return catalog
    }

    /// The `parents` of the settings: a mapping of references to image names.
    static func read(parents node: DocumentNode, _ reader: MappingReader) -> ParentCatalog? {
        guard let entries = node.entries else {
            reader.values.mismatch(node, "'parents' of \(reader.subject)", "a mapping of references to image names")
            return nil
        }
        return ParentCatalog(
            entries: entries.compactMap { entry in
                let key = DocumentNode.string(entry.key, at: entry.keyPosition)
                guard let pattern = pattern(key, reader.values),
                    let image = reader.values.string(entry.value, "the image of '\(entry.key)'")
                else { return nil }
                return Entry(image: image, patterns: [pattern])
            })
    }

    private static func pattern(_ node: DocumentNode, _ values: ValueReader) -> ParentPattern? {
        guard let text = values.string(node, "a reference") else { return nil }
        do {
            return try ParentPattern(text)
        } catch {
            values.diagnostics.error(at: node.position, error.description)
            return nil
        }
    }
}
