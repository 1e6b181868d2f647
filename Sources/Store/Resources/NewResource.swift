public import Foundation

/// A resource as it is to be made. Its ARN, its build number and its dates are the store's to give.
public struct NewResource: Sendable, Hashable {
    public var kind: ResourceKind
    /// Amazon's: what the service brings along, under Amazon's account.
    public var owner: ResourceOwner
    /// As its owner wrote it: "My Component".
    public var name: String
    /// For the kinds that have versions, images included.
    public var version: ResourceVersion?
    /// "BUILD", "TEST" or "DISTRIBUTION", for workflows alone.
    public var workflowType: String?
    /// A JSON object in UTF-8: the members that `Get…` answers with, but for arn, dates and tags.
    public var document: Data
    public var tags: [String: String]
    /// ARNs that it needs, exact or with wildcards. Those of the own account must be there, and are kept while it is.
    public var references: [String]
    /// Status words of AWS: "ACTIVE", "ENABLED", "PENDING" …
    public var state: String?

    public init(
        _ kind: ResourceKind, name: String, version: ResourceVersion? = nil, workflowType: String? = nil,
        document: Data, tags: [String: String] = [:], references: [String] = [], state: String? = nil,
        owner: ResourceOwner = .own
    ) {
        self.kind = kind
        self.owner = owner
        self.name = name
        self.version = version
        self.workflowType = workflowType
        self.document = document
        self.tags = tags
        self.references = references
        self.state = state
    }
}
