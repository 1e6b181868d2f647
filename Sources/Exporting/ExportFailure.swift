public import Failures

public enum ExportFailureCode: FailureCode {
    case noSpace
    case cancelled
    case failed

    public var exitStatus: ExitStatus {
        switch self {
        case .noSpace: .unavailable
        case .cancelled: .interrupted
        case .failed: .failed
        }
    }
}

public typealias ExportFailure = Failure<ExportFailureCode>
