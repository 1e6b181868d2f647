/// An `AWS::ImageBuilder::Component`.
public struct Component: Sendable, Hashable {
    public let logicalID: String
    public let arn: ImageBuilderARN
    public let name: String
    public let version: SemanticVersion
    public let platform: Platform
    public let description: String?
    public let changeDescription: String?
    public let document: ComponentDocument
    public let kmsKeyID: String?
    public let supportedOSVersions: [String]
    public let tags: [String: String]
    /// Of the logical ID.
    public let position: SourcePosition

    /// The most AWS takes inline, in characters.
    public static let maximumDataCount = 16_000
}

extension Component {
    init?(_ reader: ResourceReader) {
        let properties = reader.properties
        let name = reader.name()
        let version = reader.version()
        let platform = properties.choice("Platform", Platform.self, required: true)
        let platformPosition = properties.node[properties.spelled("Platform")]?.position
        let document = Self.document(reader, platform)
        description = reader.text("Description")
        changeDescription = reader.text("ChangeDescription")
        kmsKeyID = reader.text("KmsKeyId")
        supportedOSVersions = properties.strings("SupportedOsVersions") ?? []
        tags = properties.texts("Tags")
        reader.readOnly("Arn", "Encrypted", "LatestVersion", "Type")
        if let platform, platform != .linux, let platformPosition {
            reader.diagnostics.error(
                at: platformPosition, "components for \(platform.rawValue) are not yet run by Kiln",
                rule: .platform)
        }
        guard let name, let version, let platform, let document, let arn = reader.arn else { return nil }
        self.arn = arn
        self.name = name
        self.version = version
        self.platform = platform
        self.document = document
        logicalID = reader.resource.logicalID
        position = reader.resource.position
    }

    /// The component document: `Data` inline, or what `Uri` leads to.
    private static func document(_ reader: ResourceReader, _ platform: Platform?) -> ComponentDocument? {
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
        case (let data?, nil):
            return inline(data, reader, platform)
        case (nil, let uri?):
            return loaded(uri, reader, platform)
        }
    }

    private static func inline(
        _ data: DocumentNode, _ reader: ResourceReader, _ platform: Platform?
    ) -> ComponentDocument? {
        let subject = "'\(reader.properties.spelled("Data"))' of \(reader.properties.subject)"
        if data.entries != nil {
            reader.diagnostics.error(
                at: data.position, "\(subject) must be a text, found a mapping",
                hint: "write '\(reader.properties.spelled("Data")): |' with the document below it")
            return nil
        }
        guard let text = reader.properties.values.string(data, subject) else { return nil }
        if text.unicodeScalars.count > maximumDataCount {
            reader.diagnostics.error(
                at: data.position,
                "\(subject) has \(text.unicodeScalars.count) characters; AWS takes \(maximumDataCount)",
                hint: "put the document into a file and name it with '\(reader.properties.spelled("Uri"))'",
                rule: .quota)
        }
        if case .block(let file, let firstLine, let indent) = data.layout {
            let map = PositionMap.block(file: file, firstLine: firstLine, indent: indent)
            return ComponentDocument.read(text, map: map, platform: platform, reader.diagnostics)
        }
        // Escaped or computed text has no lines in the file: problems are told where it starts, with their own line.
        let name = "\(data.position.file)#\(reader.resource.logicalID).Data"
        let inner = Diagnostics()
        let document = ComponentDocument.read(text, map: .file(name), platform: platform, inner)
        for found in inner.sorted {
            reader.diagnostics.add(
                Diagnostic(
                    found.severity, at: data.position,
                    "line \(found.position.line), column \(found.position.column) of '\(reader.properties.spelled("Data"))': \(found.message)",
                    hint: found.hint, rule: found.rule))
        }
        return document
    }

    private static func loaded(
        _ uri: Positioned<String>, _ reader: ResourceReader, _ platform: Platform?
    ) -> ComponentDocument? {
        guard let load = reader.resolver.context.loadComponent else {
            reader.diagnostics.error(at: uri.position, "the document '\(uri.value)' cannot be fetched from here")
            return nil
        }
        do {
            let loaded = try load(uri.value)
            return ComponentDocument.read(
                loaded.text, map: .file(loaded.file), platform: platform, reader.diagnostics)
        } catch let failure as DocumentFailure {
            reader.diagnostics.add(failure.diagnostics)
        } catch {
            reader.diagnostics.error(at: uri.position, "the document '\(uri.value)' cannot be read: \(error)")
        }
        return nil
    }
}

extension Component {
    /// What AWS takes in the document and what is likely wrong; where its text has no lines in the file, at the component.
    func lint(hiding secrets: Set<String>) -> [Diagnostic] {
        document.lint(hiding: secrets).map { found in
            guard found.position.file.hasSuffix("#\(logicalID).Data") else { return found }
            return Diagnostic(
                found.severity, at: position,
                "line \(found.position.line), column \(found.position.column) of the document: \(found.message)",
                hint: found.hint, rule: found.rule)
        }
    }
}

extension Sequence<Component> {
    /// The newest component that an ARN, perhaps with wildcards, names.
    public func newest(named arn: ImageBuilderARN) -> Component? {
        filter { arn.names($0.arn) }.max { $0.version < $1.version }
    }
}
