public import Failures
import HostSystem

/// What can go wrong with bundles and with the keys that sign them.
public enum BundleFailureCode: FailureCode {
    /// A byte of it is not as it was signed, or it is no bundle at all.
    case damaged
    /// No trusted key has signed it.
    case untrusted
    /// The key is encrypted, of another kind, or open to others.
    case unsuitableKey
    /// There is no key of that name, or none at all.
    case noKey
    case invalidName
    /// Something has the name already, and is not overwritten.
    case nameTaken
    /// What should be packed is not there, or is not what it was.
    case unusable
    case noSpace
    case cancelled
    case failed

    public var exitStatus: ExitStatus {
        switch self {
        case .damaged, .untrusted, .unsuitableKey, .unusable: .invalidDocument
        case .invalidName, .nameTaken: .usage
        case .noKey, .noSpace: .unavailable
        case .cancelled: .interrupted
        case .failed: .failed
        }
    }
}

public typealias BundleFailure = Failure<BundleFailureCode>

extension Failure where Code == BundleFailureCode {
    init(_ failure: HostFailure) {
        let code: BundleFailureCode =
            switch failure.code {
            case .noSpace: .noSpace
            case .cancelled: .cancelled
            default: .failed
            }
        self.init(code, failure.message, hint: failure.hint, cause: failure)
    }
}

/// Calls what the host does, with its failures as this module's.
func onHost<Value>(_ body: () throws(HostFailure) -> Value) throws(BundleFailure) -> Value {
    do { return try body() } catch { throw BundleFailure(error) }
}
