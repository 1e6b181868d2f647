extension WorkflowDocument {
    /// Reads a workflow document, YAML or JSON.
    ///
    /// Throws every problem found in it, with its place in `file`.
    ///
    /// - Parameter type: of the workflow; nil for a document by itself, which may be for any stage.
    public static func parse(
        text: String, file: String, type: WorkflowType? = nil
    ) throws(DocumentFailure) -> WorkflowDocument {
        let diagnostics = Diagnostics()
        var document = read(text, map: .file(file), type: type, diagnostics)
        try diagnostics.check()
        document?.warnings = diagnostics.sorted
        guard let document else { throw DocumentFailure(diagnostics.sorted) }
        return document
    }

    static func read(
        _ text: String, map: PositionMap, type: WorkflowType?, _ diagnostics: Diagnostics
    ) -> WorkflowDocument? {
        let reader = DocumentReader(dialect: .plain, map: map, diagnostics: diagnostics)
        guard let root = reader.read(text) else { return nil }
        return WorkflowParser(diagnostics: diagnostics, type: type).parse(root, source: text)
    }
}
