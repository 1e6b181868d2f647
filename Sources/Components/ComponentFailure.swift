public import Failures

/// What ends a component document, beside its own verdict.
public enum ComponentFailureCode: FailureCode {
    /// A step failed and its onFailure is Abort, or a step failed at all by the end of the document.
    case stepFailed
    /// The guest went away under the step.
    case guestLost
    /// A step asks for something that is only known to be wrong when it starts, such as a chained value that is missing.
    case invalidInput
    case cancelled
    /// A log could not be written on the host.
    case logUnwritable

    public var exitStatus: ExitStatus {
        switch self {
        case .stepFailed, .guestLost: .failed
        case .invalidInput: .invalidDocument
        case .cancelled: .interrupted
        case .logUnwritable: .unavailable
        }
    }
}

public typealias ComponentFailure = Failure<ComponentFailureCode>
