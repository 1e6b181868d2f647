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
        let document = reader.document(limit: WorkflowDocument.maximumDataCount) { text, map, diagnostics in
            WorkflowDocument.read(text, map: map, type: type, diagnostics)
        }
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
}
