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
    /// Whether the template names it and does not hold it.
    public let isOutside: Bool
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
        let document = reader.document(limit: Self.maximumDataCount) { text, map, diagnostics in
            ComponentDocument.read(text, map: map, platform: platform, diagnostics)
        }
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
        isOutside = reader.resource.outside != nil
        logicalID = reader.resource.logicalID
        position = reader.resource.position
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
    /// The newest component that an ARN, perhaps with wildcards, names: the template's own before one that it does not hold.
    public func newest(named arn: ImageBuilderARN) -> Component? {
        let named = filter { arn.names($0.arn) }
        let own = named.filter { !$0.isOutside }
        return (own.isEmpty ? named : own).max { $0.version < $1.version }
    }
}
