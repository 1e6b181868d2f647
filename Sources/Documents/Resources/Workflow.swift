/// An `AWS::ImageBuilder::Workflow`.
public struct Workflow: Sendable, Hashable {
    public let logicalID: String
    public let arn: ImageBuilderARN
    public let name: String
    public let version: SemanticVersion
    public let type: WorkflowType
    public let description: String?
    public let document: WorkflowDocument
    /// Of the logical ID.
    public let position: SourcePosition
}

extension Workflow {
    init?(_ reader: ResourceReader) {
        let properties = reader.properties
        let name = reader.name()
        let version = reader.version()
        let type = properties.choice("Type", WorkflowType.self, required: true)
        let document = Self.document(reader, type)
        description = reader.text("Description")
        _ = reader.text("ChangeDescription")
        _ = reader.text("KmsKeyId")
        _ = properties.texts("Tags")
        reader.readOnly("Arn", "LatestVersion")
        guard let name, let version, let type, let document, let arn = reader.arn else { return nil }
        self.arn = arn
        self.name = name
        self.version = version
        self.type = type
        self.document = document
        logicalID = reader.resource.logicalID
        position = reader.resource.position
    }

    /// The workflow document: `Data` inline, or what `Uri` leads to.
    private static func document(_ reader: ResourceReader, _ type: WorkflowType?) -> WorkflowDocument? {
        let properties = reader.properties
        let data = properties.value("Data")
        let uri = properties.positionedString("Uri")
        switch (data, uri) {
        case (nil, nil):
            reader.diagnostics.error(
                at: properties.node.position,
                "\(properties.subject) needs '\(properties.spelled("Data"))' or '\(properties.spelled("Uri"))'")
            return nil
        case (.some, let uri?):
            reader.diagnostics.error(
                at: uri.position,
                "\(properties.subject) has both '\(properties.spelled("Data"))' and '\(properties.spelled("Uri"))'",
                hint: "keep one")
            return nil
        case (let data?, nil): return inline(data, reader, type)
        case (nil, let uri?): return loaded(uri, reader, type)
        }
    }

    private static func inline(
        _ data: DocumentNode, _ reader: ResourceReader, _ type: WorkflowType?
    ) -> WorkflowDocument? {
        let key = reader.properties.spelled("Data")
        guard let text = reader.properties.values.string(data, "'\(key)' of \(reader.properties.subject)") else {
            return nil
        }
        if text.unicodeScalars.count > WorkflowDocument.maximumDataCount {
            reader.diagnostics.error(
                at: data.position,
                "'\(key)' has \(text.unicodeScalars.count) characters; AWS takes \(WorkflowDocument.maximumDataCount)",
                rule: .quota)
        }
        if case .block(let file, let firstLine, let indent) = data.layout {
            let map = PositionMap.block(file: file, firstLine: firstLine, indent: indent)
            return WorkflowDocument.read(text, map: map, type: type, reader.diagnostics)
        }
        // Escaped or computed text has no lines in the file: problems are told where it starts, with their own line.
        let inner = Diagnostics()
        let name = "\(data.position.file)#\(reader.resource.logicalID).Data"
        let document = WorkflowDocument.read(text, map: .file(name), type: type, inner)
        for found in inner.sorted {
            reader.diagnostics.add(
                Diagnostic(
                    found.severity, at: data.position,
                    "line \(found.position.line), column \(found.position.column) of '\(key)': \(found.message)",
                    hint: found.hint, rule: found.rule))
        }
        return document
    }

    private static func loaded(
        _ uri: Positioned<String>, _ reader: ResourceReader, _ type: WorkflowType?
    ) -> WorkflowDocument? {
        guard let load = reader.resolver.context.loadComponent else {
            reader.diagnostics.error(at: uri.position, "the document '\(uri.value)' cannot be fetched from here")
            return nil
        }
        do {
            let loaded = try load(uri.value)
            return WorkflowDocument.read(loaded.text, map: .file(loaded.file), type: type, reader.diagnostics)
        } catch let failure as DocumentFailure {
            reader.diagnostics.add(failure.diagnostics)
        } catch {
            reader.diagnostics.error(at: uri.position, "the document '\(uri.value)' cannot be read: \(error)")
        }
        return nil
    }
}
