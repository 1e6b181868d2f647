public import Store

/// What a lifecycle does to an image and what was made of it, by the service's words.
public enum LifecycleAction: String, Sendable, Hashable, CaseIterable {
    case available = "AVAILABLE"
    case deprecate = "DEPRECATE"
    case disable = "DISABLE"
    case delete = "DELETE"

    /// Nil for states that no lifecycle leads to.
    init?(to state: ImageState) {
        switch state {
        case .available: self = .available
        case .deprecated: self = .deprecate
        case .disabled: self = .disable
        case .deleted: self = .delete
        default: return nil
        }
    }

    /// The state that an image has afterwards.
    public var state: ImageState {
        switch self {
        case .available: .available
        case .deprecate: .deprecated
        case .disable: .disabled
        case .delete: .deleted
        }
    }

    /// The states in which a policy's rule finds an image. A build that failed has made nothing that could grow old.
    var affected: Set<ImageState> {
        switch self {
        case .available: []
        case .deprecate: [.available]
        case .disable: [.available, .deprecated]
        case .delete: [.available, .deprecated, .disabled]
        }
    }
}
