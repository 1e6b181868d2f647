import Components
public import Failures

/// What ends a build, in the terms of its caller; the parts' own failures are the causes.
public enum BuildFailureCode: FailureCode {
    case invalid
    case failed
    case unavailable
    case interrupted

    public var exitStatus: ExitStatus {
        switch self {
        case .invalid: .invalidDocument
        case .failed: .failed
        case .unavailable: .unavailable
        case .interrupted: .interrupted
        }
    }
}

public typealias BuildFailure = Failure<BuildFailureCode>

extension Failure where Code == BuildFailureCode {
    /// What ended a build: a step's failure also names the command that shows the whole of its log.
    init(_ error: any Error, build id: String) {
        let failure = BuildFailure(error)
        guard let step = failure.cause as? ComponentFailure, step.code == .stepFailed else {
            self = failure
            return
        }
        self.init(failure.code, failure.message, hint: "kiln logs \(id)", cause: failure.cause)
    }

    /// Any part's failure, its words and exit status kept.
    public init(_ error: any Error) {
        switch error {
        case let failure as BuildFailure: self = failure
        case let error as any ReportableError:
            let code: BuildFailureCode =
                switch error.exitStatus {
                case .invalidDocument, .usage: .invalid
                case .unavailable: .unavailable
                case .interrupted: .interrupted
                case .failed, .done: .failed
                }
            self.init(code, error.message, hint: error.hint, cause: error)
        case is CancellationError: self.init(.interrupted, "interrupted", cause: error)
        default: self.init(.failed, "\(error)", cause: error)
        }
    }
}
