public import Failures

/// What keeps the API from being served.
public enum APIFailureCode: FailureCode {
    /// Bound elsewhere than to loopback without a certificate.
    case needsTLS
    /// A certificate or its key cannot be read.
    case badCertificate
    /// The address is taken, or not this machine's.
    case cannotListen

    public var exitStatus: ExitStatus {
        switch self {
        case .needsTLS, .badCertificate: .usage
        case .cannotListen: .unavailable
        }
    }
}

public typealias APIFailure = Failure<APIFailureCode>
