/// A resource that documents name by its ARN and do not hold. Where one is found on this machine, it counts as one of theirs for
/// whoever builds from them, and is none of those that they register.
public struct OutsideResource: Sendable {
    /// Of one version.
    public let arn: ImageBuilderARN
    let type: ResourceType
    /// As the input of the AWS CLI command that would make it.
    let properties: DocumentNode
    /// Of a component or workflow.
    public let document: TemplateContext.LoadedDocument?
    /// Values in it that no message may show.
    let secrets: Set<String>

    /// - Parameters:
    ///   - input: the JSON that `aws imagebuilder create-… --cli-input-json` takes, without the document.
    ///   - document: the document of a component or workflow.
    /// - Throws: what is wrong with the input's JSON.
    public init(
        _ arn: ImageBuilderARN, input: String, document: TemplateContext.LoadedDocument? = nil,
        secrets: Set<String> = []
    ) throws(DocumentFailure) {
        let diagnostics = Diagnostics()
        let reader = DocumentReader(dialect: .plain, map: .file(arn.description), diagnostics: diagnostics)
        guard let root = reader.read(input), let type = ResourceType.allCases.first(where: { $0.arnType == arn.type })
        else { throw DocumentFailure(diagnostics.sorted) }
        self.arn = arn
        self.type = type
        properties = root
        self.document = document
        self.secrets = secrets
    }

    /// Its logical ID is its ARN, which no resource of a template can have.
    var resource: TemplateResource {
        TemplateResource(
            logicalID: arn.description, type: type.rawValue, properties: properties, condition: nil, dependsOn: [],
            kiln: .init(), position: properties.position, keys: .api, outside: self)
    }
}

extension OutsideResource {
    /// A component of Linux whose document is here.
    public init(component arn: ImageBuilderARN, _ document: TemplateContext.LoadedDocument) throws(DocumentFailure) {
        let version = (arn.version ?? .any).first()?.description ?? ""
        try self.init(
            ImageBuilderARN(
                partition: arn.partition, region: arn.region, account: arn.account, type: .component, name: arn.name,
                version: VersionPattern(version), build: arn.build ?? 1),
            input: #"{"name": "\#(arn.name)", "semanticVersion": "\#(version)", "platform": "Linux"}"#,
            document: document)
    }
}
