/// An `AWS::ImageBuilder::LifecyclePolicy`: which images `kiln serve` deletes, deprecates or disables, and when.
public struct LifecyclePolicy: Sendable, Hashable {
    public enum ResourceType: String, Sendable, Hashable, CaseIterable {
        case amiImage = "AMI_IMAGE"
        case containerImage = "CONTAINER_IMAGE"
    }

    public enum Action: String, Sendable, Hashable, CaseIterable {
        case delete = "DELETE"
        case deprecate = "DEPRECATE"
        case disable = "DISABLE"
    }

    public enum Unit: String, Sendable, Hashable, CaseIterable {
        case days = "DAYS"
        case weeks = "WEEKS"
        case months = "MONTHS"
        case years = "YEARS"
    }

    /// The images that a rule finds.
    public struct Filter: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            case age = "AGE"
            case count = "COUNT"
        }

        public let kind: Kind
        /// How old, in the unit; or how many are left.
        public let value: Int
        /// Of an age.
        public let unit: Unit?
        public let retainAtLeast: Int?
    }

    /// One of `PolicyDetails`.
    public struct Rule: Sendable, Hashable {
        /// What of an image's output the action goes for too.
        public enum Output: String, Sendable, Hashable, CaseIterable {
            case amis = "Amis"
            case containers = "Containers"
            case snapshots = "Snapshots"
        }

        public let action: Action
        public let included: Set<Output>
        public let filter: Filter
        public let position: SourcePosition
    }

    /// The images of some recipes, or those with some tags.
    public enum Selection: Sendable, Hashable {
        public struct Recipe: Sendable, Hashable {
            public let name: String
            public let version: VersionPattern
        }

        case recipes([Recipe])
        case tags([String: String])
    }

    public let logicalID: String
    public let arn: ImageBuilderARN
    public let name: String
    public let description: String?
    public let executionRole: String
    public let resourceType: ResourceType
    public let rules: [Rule]
    public let selection: Selection
    public let isEnabled: Bool
    public let tags: [String: String]
    public let position: SourcePosition
}
