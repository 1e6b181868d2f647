/// What a list shows, and how much of it at a time: in the order of names, versions and builds.
public struct ResourceQuery: Sendable, Hashable {
    public enum Grouping: Sendable, Hashable {
        /// The newest build of each version.
        case versions
        /// The newest version of each name, AWS's `byName`.
        case names
        /// Every build, of what the ARN names: one version, a pattern, all versions. Nil: of all.
        case builds(of: String?)
    }

    public var kind: ResourceKind
    public var owner: ResourceOwner
    public var grouping: Grouping
    /// All of them must match.
    public var filters: [ResourceFilter]
    /// Resources in these states are left out, unless a filter asks for states.
    public var hiddenStates: Set<String>
    public var limit: Int
    /// Of the page before.
    public var token: String?

    public init(
        _ kind: ResourceKind, owner: ResourceOwner = .own, grouping: Grouping = .versions,
        filters: [ResourceFilter] = [], hiddenStates: Set<String> = [], limit: Int = 25, token: String? = nil
    ) {
        self.kind = kind
        self.owner = owner
        self.grouping = grouping
        self.filters = filters
        self.hiddenStates = hiddenStates
        self.limit = limit
        self.token = token
    }
}

/// One of its values must match.
public struct ResourceFilter: Sendable, Hashable {
    public enum Field: Sendable, Hashable {
        /// As its owner wrote it; `web*` and `*web*` are wildcards, as AWS has them.
        case name
        /// Exact, or with "x" for the last numbers.
        case version
        case state
        case arn
        /// A member of the document by its path: "platform", "schedule.scheduleExpression". Of a list, any of its items.
        case member(String)
    }

    public let field: Field
    public let values: [String]

    public init(_ field: Field, _ values: [String]) {
        self.field = field
        self.values = values
    }
}
