/// What a template is resolved with.
public struct TemplateContext: Sendable {
    public var parameters: [String: String]
    public var region: String
    public var accountID: String
    public var partition: String
    public var stackName: String

    public init(
        parameters: [String: String] = [:], region: String = "us-east-1", accountID: String = "123456789012",
        partition: String = "aws", stackName: String = "kiln"
    ) {
        self.parameters = parameters
        self.region = region
        self.accountID = accountID
        self.partition = partition
        self.stackName = stackName
    }
}

/// The Image Builder resources of a CloudFormation template, references among them resolved.
public struct Template: Sendable, Equatable {
    public var components: [String: Component] = [:]
    public var recipes: [String: Recipe] = [:]
    public var infrastructures: [String: Infrastructure] = [:]
    public var distributions: [String: DistributionConfiguration] = [:]
    public var pipelines: [String: Pipeline] = [:]
    /// Values of NoEcho parameters, which nothing may print.
    public var secrets: Set<String> = []

    public struct Component: Sendable, Equatable {
        public var logicalID: String
        public var name: String
        public var version: SemanticVersion
        public var arn: String
        public var document: ComponentDocument
        /// The document's text, which its digest is made of.
        public var data: String
    }

    public struct Recipe: Sendable, Equatable {
        public struct ComponentUse: Sendable, Equatable {
            public var logicalID: String
            public var parameters: [String: String]
        }
        public var logicalID: String
        public var name: String
        public var version: SemanticVersion
        public var parentImage: String
        public var parentPosition: SourcePosition
        public var components: [ComponentUse]
        public var workingDirectory: String
        /// GiB of the root volume, where the recipe says so.
        public var volumeSize: Int?
        public var settings: KilnSettings
    }

    public struct Infrastructure: Sendable, Equatable {
        public var logicalID: String
        public var name: String
        public var settings: KilnSettings
    }

    public struct DistributionConfiguration: Sendable, Equatable {
        public struct Distribution: Sendable, Equatable {
            public var region: String
            public var amiName: String?
        }
        public struct S3Export: Sendable, Equatable {
            public var bucket: String
            public var prefix: String
        }
        public var logicalID: String
        public var name: String
        public var distributions: [Distribution]
        /// Where the artifacts go, from `Metadata: Kiln: S3Export`.
        public var s3Export: S3Export?
    }

    public struct Pipeline: Sendable, Equatable {
        public var logicalID: String
        public var name: String
        public var recipe: String
        public var infrastructure: String?
        public var distribution: String?
        public var testsEnabled: Bool
        public var testTimeoutMinutes: Int
    }
}

/// Kiln's own settings, from `Metadata: Kiln:` of a resource; what AWS would do, where they say nothing.
public struct KilnSettings: Sendable, Equatable {
    public var cpus: Int?
    public var memoryMiB: Int?
    /// bios or uefi.
    public var firmware: String?
    /// user or none.
    public var network: String?
    public var skipCleanup: [String] = []

    init() {}

    init(metadata node: DocumentNode?, _ diagnostics: Diagnostics) {
        guard let node = node?["Kiln"] else { return }
        guard var fields = FieldReader(node, what: "Metadata: Kiln", diagnostics) else { return }
        cpus = fields.integer("CPUs")
        memoryMiB = fields.integer("MemoryMiB")
        firmware = Self.choice("Firmware", ["bios", "uefi"], &fields)
        network = Self.choice("Network", ["user", "none"], &fields)
        skipCleanup = (fields.list("SkipCleanup") ?? []).compactMap(\.text)
        fields.reportUnknown()
    }

    private static func choice(_ name: String, _ choices: [String], _ fields: inout FieldReader) -> String? {
        guard let node = fields.field(name) else { return nil }
        if let text = node.text, choices.contains(text) { return text }
        fields.diagnostics.error(
            node.position, "\(name) must be \(choices.joined(separator: " or ")), not \(node.text ?? node.kindName)")
        return nil
    }
}
