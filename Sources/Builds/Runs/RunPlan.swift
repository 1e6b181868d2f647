public import Documents

/// What a `kiln run` runs: component documents in their order, on one guest.
public struct RunPlan: Sendable, Equatable {
    public struct Document: Sendable, Equatable {
        /// In events and results: the document's own name, else its file's.
        public var name: String
        /// As it was given: a path of this machine, an s3:// address, an ARN.
        public var location: String
        public var document: ComponentDocument
        /// Those that the document has.
        public var parameters: [String: String]

        public init(name: String, location: String, document: ComponentDocument, parameters: [String: String]) {
            self.name = name
            self.location = location
            self.document = document
            self.parameters = parameters
        }

        /// Whether a nested document could lead back to it: a path of this machine is none of the guest's.
        var isElsewhere: Bool { location.hasPrefix("s3://") || location.hasPrefix("arn:") }

        public static func == (one: Document, other: Document) -> Bool {
            one.location == other.location && one.document.source == other.document.source
                && one.parameters == other.parameters
        }
    }

    public var documents: [Document]
    /// nil: all of them.
    public var phases: [String]?
    public var settings: KilnSettings
    /// Values that no log or result may show.
    public var secrets: Set<String>
    /// Components that documents run by ARN.
    public var components: [Component]

    public init(
        documents: [Document], phases: [String]?, settings: KilnSettings, secrets: Set<String>, components: [Component]
    ) {
        self.documents = documents
        self.phases = phases
        self.settings = settings
        self.secrets = secrets
        self.components = components
    }
}
