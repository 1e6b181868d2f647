public import Failures
import HostSystem

/// What can go wrong with what is stored.
public enum StoreFailureCode: FailureCode {
    // What was asked.
    /// A text is no ARN of this service, or not of the kind that is asked for.
    case invalidARN
    /// A name has letters that AWS does not take, or is too short or too long.
    case invalidName
    case invalidVersion
    /// A document is no JSON object.
    case invalidDocument
    case invalidTag
    case tooManyTags
    /// A token of a page that is damaged, or of another list.
    case invalidPageToken
    case invalidFilter
    /// The client's token was used for something else in the last 24 hours.
    case idempotencyMismatch
    case notFound
    /// Own resources that are referred to and not there.
    case missingReferences([String])
    /// Something of that name, or of that content as the newest build, is there.
    case alreadyExists(arn: String)
    /// Others refer to it: their ARNs.
    case inUse(by: [String])
    /// The state that it is in does not allow this.
    case invalidState(String)
    /// Another process has taken the build over, or it was never claimed.
    case claimLost

    // What holds it.
    /// The file was written by a newer Kiln.
    case newerDatabase
    /// The file is damaged, or no database of Kiln.
    case damaged
    /// The file or its folder can't be written to.
    case readOnly
    case noSpace
    /// Another process writes for too long.
    case busy
    /// A sealed value was sealed with another key, or was changed.
    case cannotUnseal
    case cancelled
    case failed

    public var exitStatus: ExitStatus {
        switch self {
        case .invalidARN, .invalidName, .invalidVersion, .invalidDocument, .invalidTag, .tooManyTags, .invalidPageToken,
            .invalidFilter:
            .usage
        case .newerDatabase, .readOnly, .noSpace, .busy: .unavailable
        case .cancelled: .interrupted
        case .idempotencyMismatch, .notFound, .missingReferences, .alreadyExists, .inUse, .invalidState, .claimLost,
            .damaged, .cannotUnseal, .failed:
            .failed
        }
    }
}

public typealias StoreFailure = Failure<StoreFailureCode>

extension Failure where Code == StoreFailureCode {
    init(_ failure: HostFailure) {
        let code: StoreFailureCode =
            switch failure.code {
            case .noSpace: .noSpace
            case .permissionDenied: .readOnly
            case .busy: .busy
            case .cancelled: .cancelled
            default: .failed
            }
        self.init(code, failure.message, hint: failure.hint, cause: failure)
    }
}

/// Calls what the host does, with its failures as this module's.
func onHost<Value>(_ body: () throws(HostFailure) -> Value) throws(StoreFailure) -> Value {
    do { return try body() } catch { throw StoreFailure(error) }
}
