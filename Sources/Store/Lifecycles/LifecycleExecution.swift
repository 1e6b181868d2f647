public import Foundation

/// By AWS's words.
public enum LifecycleStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case inProgress = "IN_PROGRESS"
    case cancelling = "CANCELLING"
    case cancelled = "CANCELLED"
    case failed = "FAILED"
    case success = "SUCCESS"

    public var isTerminal: Bool { next.isEmpty }

    public var next: Set<LifecycleStatus> {
        switch self {
        case .pending: [.inProgress, .cancelling, .cancelled, .failed]
        case .inProgress: [.success, .failed, .cancelling, .cancelled]
        case .cancelling: [.cancelled, .failed, .success]
        case .cancelled, .failed, .success: []
        }
    }

    public func canBecome(_ status: LifecycleStatus) -> Bool { next.contains(status) }
}

/// A run of a lifecycle policy, or of a state update that was asked for an image.
public struct LifecycleExecution: Sendable, Hashable, Codable {
    /// "lce-" and a UUID.
    public let id: String
    /// The policy, or the image whose state is updated.
    public let resource: String
    public let status: LifecycleStatus
    public let reason: String?
    /// What is to be done, a JSON object of the caller's.
    public let request: Data
    /// A scheduled state update is not due before; nil: at once.
    public let dueAt: Date?
    public let startedAt: Date?
    public let endedAt: Date?
    public let hasImpact: Bool
}

/// What a lifecycle execution found to do something about.
public struct LifecycleResource: Sendable, Hashable, Codable {
    /// An image's build version, or what it has made: the id of an AMI, of a snapshot.
    public let id: String
    /// The image that has made it; nil for an image itself.
    public let parent: String?
    /// A JSON object: the members that `ListLifecycleExecutionResources` answers with, but for the id.
    public let document: Data

    public init(id: String, parent: String? = nil, document: Data) {
        self.id = id
        self.parent = parent
        self.document = document
    }
}
