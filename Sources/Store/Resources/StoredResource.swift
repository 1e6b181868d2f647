public import Foundation

/// A resource as it is stored: of the kinds with builds, one build of one version.
public struct StoredResource: Sendable, Hashable, Codable {
    public let arn: String
    public let kind: ResourceKind
    /// As its owner wrote it.
    public let name: String
    public let version: ResourceVersion?
    public let build: Int?
    /// "BUILD", "TEST" or "DISTRIBUTION", for workflows alone.
    public let workflowType: String?
    public let owner: ResourceOwner
    public let createdAt: Date
    public let updatedAt: Date
    public let document: Data
    public let tags: [String: String]
    public let references: [String]
    public let state: String?
    public let stateReason: String?
}

/// Whose a resource is, by AWS's words.
public enum ResourceOwner: String, Sendable, Hashable, Codable, CaseIterable {
    case own = "Self"
    case amazon = "Amazon"
}
