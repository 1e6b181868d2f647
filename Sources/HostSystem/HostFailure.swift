public import Failures

/// What can go wrong between Kiln and the operating system of its host.
public enum HostFailureCode: FailureCode {
    /// A program is not installed.
    case missingProgram
    /// A program ended with a status other than 0, or by a signal.
    case commandFailed
    /// A bounded wait ran out.
    case timedOut
    case noSpace
    case notFound
    case permissionDenied
    /// Another process holds a lock.
    case busy
    case cancelled
    case io

    public var exitStatus: ExitStatus {
        switch self {
        case .missingProgram, .noSpace, .permissionDenied, .busy: .unavailable
        case .cancelled: .interrupted
        case .commandFailed, .timedOut, .notFound, .io: .failed
        }
    }
}

public typealias HostFailure = Failure<HostFailureCode>
