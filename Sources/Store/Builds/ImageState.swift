/// The states of an image, by AWS's words.
public enum ImageState: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case creating = "CREATING"
    case building = "BUILDING"
    case testing = "TESTING"
    case distributing = "DISTRIBUTING"
    case integrating = "INTEGRATING"
    case available = "AVAILABLE"
    case cancelled = "CANCELLED"
    case failed = "FAILED"
    case deprecated = "DEPRECATED"
    case disabled = "DISABLED"
    case deleted = "DELETED"

    /// Whether a build is over in this state.
    public var isTerminal: Bool { !isUnderway }

    /// Whether the build waits or is at work.
    public var isUnderway: Bool {
        switch self {
        case .pending, .creating, .building, .testing, .distributing, .integrating: true
        case .available, .cancelled, .failed, .deprecated, .disabled, .deleted: false
        }
    }

    /// Where a build or its owner may lead it from here. Back into the queue leads `retry` and `requeue` alone.
    public var next: Set<ImageState> {
        switch self {
        // One that is there already is only distributed.
        case .pending: [.creating, .distributing, .cancelled, .failed]
        // Imported images are there as soon as they are made.
        case .creating: [.building, .available, .cancelled, .failed]
        // Tests and distribution can be left out.
        case .building: [.testing, .distributing, .integrating, .available, .cancelled, .failed]
        case .testing: [.distributing, .integrating, .available, .cancelled, .failed]
        case .distributing: [.integrating, .available, .cancelled, .failed]
        case .integrating: [.available, .cancelled, .failed]
        case .available: [.deprecated, .disabled, .deleted]
        case .deprecated: [.available, .disabled, .deleted]
        case .disabled: [.available, .deprecated, .deleted]
        case .cancelled, .failed: [.deleted]
        case .deleted: []
        }
    }

    /// - Parameter isResumed: what is built again goes on where it has failed, past what is done.
    public func canBecome(_ state: ImageState, isResumed: Bool = false) -> Bool {
        next.contains(state) || (isResumed && self == .pending && [.building, .testing, .distributing].contains(state))
    }
}
