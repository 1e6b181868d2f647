public import Failures
public import Guests

/// Why an action failed.
public enum ActionFailureCode: FailureCode {
    /// An input has no value, or one of the wrong kind.
    case invalidInput
    /// The program ended with this exit code.
    case exited(Int32)
    /// The program was ended by this signal.
    case signalled(Int32)
    /// The step's time limit passed.
    case timedOut
    /// A file or folder of the guest is not as the action needs it, or cannot be changed.
    case fileError
    /// A bucket or a web server, or the host's folder that stands for one.
    case originError
    /// The action does not exist on this guest: a module of Windows, a program that is not installed.
    case unsupported
    /// The guest is gone: no other step can run either.
    case guestLost
    case cancelled

    public var exitStatus: ExitStatus {
        switch self {
        case .invalidInput: .invalidDocument
        case .originError: .unavailable
        case .cancelled: .interrupted
        default: .failed
        }
    }
}

public typealias ActionFailure = Failure<ActionFailureCode>

extension Failure where Code == ActionFailureCode {
    /// What a failure of the guest means for an action.
    public init(_ failure: GuestFailure) {
        let code: ActionFailureCode =
            switch failure.code {
            case .guestError, .guestDiskFull: .fileError
            case .timedOut: .timedOut
            case .cancelled: .cancelled
            default: .guestLost
            }
        self.init(code, failure.message, hint: failure.hint, cause: failure)
    }

    /// The same failure with its words changed.
    func rephrased(_ change: (String) -> String) -> ActionFailure {
        ActionFailure(code, change(message), hint: hint.map(change), cause: cause)
    }
}
