import ResourceNames

/// The name of a resource: `arn:PARTITION:imagebuilder:REGION:ACCOUNT:KIND/[build/|test/|distribution/]NAME[/VERSION[/BUILD]]`.
public struct ResourceARN: Sendable, Hashable, CustomStringConvertible {
    public let partition: String
    public let region: String
    /// Twelve digits, or `aws` and its like for what Amazon manages, or `third-party`.
    public let account: String
    public let kind: ResourceKind
    /// "build", "test" or "distribution", for workflows alone.
    public let workflowType: String?
    /// Lower-case letters, digits, dashes and underscores.
    public let name: String
    /// Nil for kinds without versions, and in an ARN that leaves it off.
    public let version: ResourceVersionPattern?
    public let build: Int?

    public init(
        partition: String, region: String, account: String, kind: ResourceKind, workflowType: String? = nil,
        name: String, version: ResourceVersionPattern? = nil, build: Int? = nil
    ) {
        self.partition = partition
        self.region = region
        self.account = account
        self.kind = kind
        self.workflowType = workflowType
        self.name = name
        self.version = version
        self.build = build
    }

    public var description: String {
        let path = [kind.rawValue, workflowType, name, version?.description, build.map(String.init)].compactMap { $0 }
        return "arn:\(partition):imagebuilder:\(region):\(account):\(path.joined(separator: "/"))"
    }

    /// Whether it names one resource for certain: with its build where its kind has builds, and no wildcards.
    public var isExact: Bool {
        guard kind.isVersioned else { return true }
        return version?.exact != nil && (!kind.hasBuilds || build != nil)
    }

    /// The same resource at another version, or with neither version nor build.
    public func with(version: ResourceVersionPattern?, build: Int? = nil) -> ResourceARN {
        ResourceARN(
            partition: partition, region: region, account: account, kind: kind, workflowType: workflowType, name: name,
            version: version, build: build)
    }

    /// What all versions and builds of a resource share: its ARN without them.
    public var withoutVersion: ResourceARN { with(version: nil) }

    /// Whether it names that resource, perhaps among others.
    public func names(_ other: ResourceARN) -> Bool {
        guard withoutVersion == other.withoutVersion else { return false }
        guard let version else { return true }
        guard let exact = other.version?.exact, version.matches(exact) else { return false }
        return build == nil || build == other.build
    }

    /// The form that a resource's name takes in its ARN: lower case, dashes for blanks and underscores.
    public static func segment(of name: String) -> String { ResourceName.inARN(name) }

    /// Whether a reference names one of Amazon's own workflows, which are no resources of the store.
    public static func isManagedWorkflow(_ reference: String) -> Bool { reference.contains(":aws:workflow/") }
}
