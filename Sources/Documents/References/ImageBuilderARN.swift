import ResourceNames

/// The name of an Image Builder resource:
/// `arn:PARTITION:imagebuilder:REGION:ACCOUNT:TYPE/NAME[/VERSION[/BUILD]]`.
public struct ImageBuilderARN: Sendable, Hashable, CustomStringConvertible {
    public enum ResourceType: String, Sendable, Hashable, CaseIterable {
        case component
        case image
        case imageRecipe = "image-recipe"
        case containerRecipe = "container-recipe"
        case infrastructureConfiguration = "infrastructure-configuration"
        case distributionConfiguration = "distribution-configuration"
        case imagePipeline = "image-pipeline"
        case lifecyclePolicy = "lifecycle-policy"
        case workflow

        /// For messages: `an image recipe`, `a component`.
        var phrase: String {
            let words = rawValue.replacing("-", with: " ")
            return ("aeiou".contains(words.prefix(1)) ? "an " : "a ") + words
        }

        var isVersioned: Bool {
            switch self {
            case .component, .image, .imageRecipe, .containerRecipe, .workflow: true
            case .infrastructureConfiguration, .distributionConfiguration, .imagePipeline, .lifecyclePolicy: false
            }
        }
    }

    public let partition: String
    public let region: String
    /// Twelve digits, or `aws` and its like for what Amazon manages.
    public let account: String
    public let type: ResourceType
    /// Lower-case letters, digits, dashes and underscores. A workflow's name has its type before it: `build/my-flow`.
    public let name: String
    /// Nil for types without versions, and in an ARN that leaves it off.
    public let version: VersionPattern?
    public let build: Int?

    public init(
        partition: String, region: String, account: String, type: ResourceType, name: String,
        version: VersionPattern? = nil, build: Int? = nil
    ) {
        self.partition = partition
        self.region = region
        self.account = account
        self.type = type
        self.name = name
        self.version = version
        self.build = build
    }

    /// Whether Amazon (or a marketplace) owns the resource, not an account.
    public var isManaged: Bool { account.hasPrefix("aws") }

    /// Whether a resource is one of those that this ARN, perhaps with wildcards or without a version, names. Builds of a
    /// version are not told apart.
    public func names(_ resource: ImageBuilderARN) -> Bool {
        guard
            (partition, region, account, type, name)
                == (resource.partition, resource.region, resource.account, resource.type, resource.name)
        else { return false }
        guard let version, let other = resource.version?.exact else { return true }
        return version.matches(other)
    }

    public var description: String {
        let path = [type.rawValue, name, version?.description, build.map(String.init)].compactMap { $0 }
        return "arn:\(partition):imagebuilder:\(region):\(account):\(path.joined(separator: "/"))"
    }

    /// The form AWS gives a resource's name inside its ARN: lower case, blanks and underscores as dashes.
    public static func resourceName(_ name: String) -> String { ResourceName.inARN(name) }
}
