/// The component runner's input configuration (user guide, toe-run-config-input): JSON, all of it optional but the documents.
public struct RunConfiguration: Sendable, Equatable {
    /// A value for a parameter, with its place.
    public struct Parameter: Sendable, Equatable {
        public let name: String
        public let value: String
        public let position: SourcePosition

        public init(name: String, value: String, position: SourcePosition) {
            self.name = name
            self.value = value
            self.position = position
        }
    }

    public struct DocumentEntry: Sendable, Equatable {
        /// A path, an s3:// address, or a component's ARN.
        public let path: Positioned<String>
        public let parameters: [Parameter]
    }

    public internal(set) var documents: [DocumentEntry] = []
    /// For every document that has one of the name.
    public internal(set) var parameters: [Parameter] = []
    public internal(set) var phases: String?
    public internal(set) var documentS3BucketOwner: String?
    public internal(set) var executionID: String?
    public internal(set) var logDirectory: String?
    public internal(set) var logS3BucketName: String?
    public internal(set) var logS3BucketOwner: String?
    public internal(set) var logS3KeyPrefix: String?
    public internal(set) var stateDirectory: String?
    public internal(set) var trace: Bool?
    /// It asks for logs in CloudWatch.
    public internal(set) var namesCloudWatch = false
    /// What is worth a look and stops nothing.
    public internal(set) var warnings: [Diagnostic] = []

    /// - Throws: every problem found in it, with its place in `file`.
    public static func parse(text: String, file: String) throws(DocumentFailure) -> RunConfiguration {
        let diagnostics = Diagnostics()
        let reader = DocumentReader(dialect: .plain, map: .file(file), diagnostics: diagnostics)
        let values = ValueReader.component(diagnostics)
        var configuration = reader.read(text).flatMap { node in
            MappingReader(node, "the run's configuration", values).map(read)
        }
        try diagnostics.check()
        configuration?.warnings = diagnostics.sorted
        guard let configuration else { throw DocumentFailure(diagnostics.sorted) }
        return configuration
    }

    private static func read(_ reader: MappingReader) -> RunConfiguration {
        var result = RunConfiguration()
        let entries = reader.list("documents", required: true)
        if entries?.isEmpty == true {
            reader.diagnostics.error(at: reader.keyPosition("documents"), "'documents' names no document")
        }
        result.documents = reader.mappings("documents", of: "the document") { entry in
            let parameters = self.parameters(entry)
            return entry.positionedString("path", required: true).map {
                DocumentEntry(path: $0, parameters: parameters)
            }
        }
        result.parameters = parameters(reader)
        result.phases = reader.string("phases")
        result.documentS3BucketOwner = reader.string("documentS3BucketOwner")
        result.executionID = reader.string("executionId")
        result.logDirectory = reader.string("logDirectory")
        result.logS3BucketName = reader.string("logS3BucketName")
        result.logS3BucketOwner = reader.string("logS3BucketOwner")
        result.logS3KeyPrefix = reader.string("logS3KeyPrefix")
        result.stateDirectory = reader.string("stateDirectory")
        result.trace = reader.bool("trace")
        let cloudWatch = ["cwIgnoreFailures", "cwLogGroup", "cwLogRegion", "cwLogStream"]
        result.namesCloudWatch = reader.has("cwLogGroup") || reader.has("cwLogStream")
        reader.skip(cloudWatch)
        reader.finish(as: .warning)
        return result
    }

    private static func parameters(_ reader: MappingReader) -> [Parameter] {
        reader.mappings("parameters", of: "the parameter") { entry in
            let name = entry.positionedString("name", required: true)
            let value = entry.string("value", required: true)
            guard let name, let value else { return nil }
            return Parameter(name: name.value, value: value, position: name.position)
        }
    }
}
