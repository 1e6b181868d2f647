public import Foundation

/// What is to be other about a resource; what is nil stays.
public struct ResourceUpdate: Sendable, Hashable {
    public var arn: String
    /// Takes the place of the whole document.
    public var document: Data?
    /// Take the place of all references.
    public var references: [String]?
    /// Take the place of all tags.
    public var tags: [String: String]?
    public var state: String?
    /// Kept with `state`, and forgotten with the next one.
    public var stateReason: String?

    public init(
        _ arn: String, document: Data? = nil, references: [String]? = nil, tags: [String: String]? = nil,
        state: String? = nil, stateReason: String? = nil
    ) {
        self.arn = arn
        self.document = document
        self.references = references
        self.tags = tags
        self.state = state
        self.stateReason = stateReason
    }
}

/// One of several changes that are made together or not at all.
public enum ResourceChange: Sendable, Hashable {
    case create(NewResource)
    case update(ResourceUpdate)
}
