extension ComponentDocument {
    /// The service's default quota for a document kept in S3.
    public static let maximumBytes = 65_536

    /// Reads a component document, YAML or JSON.
    ///
    /// Throws every problem found in it, with its place in `file`.
    ///
    /// - Parameter platform: of the guest that is to run it, where that is known.
    public static func parse(
        text: String, file: String, platform: Platform? = nil
    ) throws(DocumentFailure) -> ComponentDocument {
        let diagnostics = Diagnostics()
        var document = read(text, map: .file(file), platform: platform, diagnostics)
        try diagnostics.check()
        document?.warnings = diagnostics.sorted
        guard let document else { throw DocumentFailure(diagnostics.sorted) }
        return document
    }

    /// - Parameter platform: of the component; nil for a document by itself.
    static func read(
        _ text: String, map: PositionMap, platform: Platform? = nil, _ diagnostics: Diagnostics
    ) -> ComponentDocument? {
        let size = text.utf8.count
        if size > maximumBytes {
            diagnostics.warning(
                at: map.position(line: 1, column: 1),
                "the component is \(size) bytes long; Image Builder takes \(maximumBytes) unless the quota is raised",
                rule: .quota)
        }
        let reader = DocumentReader(dialect: .plain, map: map, diagnostics: diagnostics)
        guard let root = reader.read(text) else { return nil }
        return ComponentParser(diagnostics: diagnostics, platform: platform).parse(root, source: text)
    }
}
