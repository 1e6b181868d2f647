public import Failures

public enum ExportFailureCode: FailureCode {
    /// The formats asked for are none that there are, or exclude each other.
    case badFormats
    /// A file of the name is there already.
    case exists
    case noSpace
    case cancelled
    case failed

    public var exitStatus: ExitStatus {
        switch self {
        case .badFormats: .usage
        case .noSpace: .unavailable
        case .cancelled: .interrupted
        case .exists, .failed: .failed
        }
    }
}

public typealias ExportFailure = Failure<ExportFailureCode>
