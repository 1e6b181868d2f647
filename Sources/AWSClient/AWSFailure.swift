public import Failures

/// What can go wrong between Kiln and an AWS service, or a server that speaks its protocol.
public enum AWSFailureCode: FailureCode {
    /// The chain of credential sources found none.
    case noCredentials
    /// A credential source is there and cannot be used: a broken file, a helper program that fails.
    case badCredentials
    case noRegion
    /// An endpoint, a bucket name or a path that cannot be used.
    case badConfiguration
    /// The service does not accept the signature or the key.
    case signatureRefused
    case accessDenied
    case noSuchBucket
    /// A key, an upload or a version that does not exist.
    case notFound
    /// Something of that name is there already, or a client token was used for something else.
    case conflict
    /// The request is wrong in itself, and will be however often it is sent.
    case badRequest
    /// A limit of the account, or of the service, is reached.
    case quota
    /// No connection: refused, name not found, no route, TLS.
    case unreachable
    /// The connection broke or went silent, more often than it is tried again.
    case connectionLost
    /// The service answered with an error and goes on doing so.
    case service
    /// The service's answer is not what its protocol says.
    case badAnswer
    /// What arrived is not what was sent.
    case corrupted
    /// The service took the work on, and it failed there: an import, a copy.
    case failedThere
    /// Work at the service took longer than it was given.
    case timedOut
    /// The file to send changed, vanished or cannot be read.
    case file
    /// Another process sends the same file to the same place.
    case busy
    case cancelled

    public var exitStatus: ExitStatus {
        switch self {
        case .cancelled: .interrupted
        case .corrupted, .badAnswer, .failedThere, .badRequest, .conflict: .failed
        case .noRegion, .badConfiguration: .usage
        default: .unavailable
        }
    }
}

public typealias AWSFailure = Failure<AWSFailureCode>

/// What a service said, as the cause of an `AWSFailure`.
public struct ServiceError: Error, Sendable, Equatable {
    public let status: Int
    /// The service's own code: "NoSuchBucket", "SlowDown".
    public let code: String
    public let message: String
    public let requestID: String?
    /// How often the request was sent.
    public let attempts: Int

    public init(status: Int, code: String, message: String, requestID: String?, attempts: Int) {
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
        self.attempts = attempts
    }
}

extension Failure where Code == AWSFailureCode {
    /// The service's answer that led to this failure, where there was one.
    public var serviceError: ServiceError? { cause as? ServiceError }
}
