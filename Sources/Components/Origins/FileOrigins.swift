public import Failures
public import SystemPackage

/// Where the S3 and web actions get files from and put them to. The host does it, not the guest: a guest needs no network and no
/// credentials, and a folder of the host can stand for a bucket or a web server.
public protocol FileOrigins: Sendable {
    /// The objects whose keys begin with the address's key, in the order of their keys.
    ///
    /// - Parameter limit: not more than this many are given.
    func list(
        _ prefix: S3Address, limit: Int, expectedOwner: String?
    ) async throws(OriginFailure) -> [S3Entry]

    /// Fetches a file of any size to one of the host, which is not there yet.
    func fetch(_ source: FileOrigin, to file: FilePath) async throws(OriginFailure)

    /// Stores a file of the host.
    func store(_ file: FilePath, at address: S3Address, expectedOwner: String?) async throws(OriginFailure)

    /// What a file's place says of the state that it is in now, without the file being fetched.
    ///
    /// - Returns: nil where its place says nothing.
    func version(of source: FileOrigin) async throws(OriginFailure) -> FileVersion?
}

extension FileOrigins {
    public func version(of source: FileOrigin) async throws(OriginFailure) -> FileVersion? { nil }
}

/// What tells one state of a file elsewhere from another.
public enum FileVersion: Sendable, Equatable {
    /// A server's word: an entity tag, a date.
    case tag(String)
    /// A file of the host, whose content tells.
    case file(FilePath)
}

/// A file elsewhere.
public enum FileOrigin: Sendable, Equatable {
    /// - expectedOwner: the account that has to own the bucket.
    case s3(S3Address, expectedOwner: String?)
    /// An http:// or https:// URL.
    case web(String, ignoringCertificateErrors: Bool)
}

/// "s3://bucket/key"; the key may be empty.
public struct S3Address: Sendable, Equatable, CustomStringConvertible {
    public var bucket: String
    public var key: String

    public init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }

    /// nil where it does not begin with "s3://" and a bucket.
    public init?(_ text: String) {
        guard text.lowercased().hasPrefix("s3://") else { return nil }
        let rest = text.dropFirst(5)
        let bucket = rest.prefix { $0 != "/" }
        guard !bucket.isEmpty else { return nil }
        self.init(bucket: String(bucket), key: String(rest.dropFirst(bucket.count + 1)))
    }

    public var description: String { "s3://\(bucket)/\(key)" }
}

/// An object in a listing.
public struct S3Entry: Sendable, Equatable {
    public var key: String
    /// Bytes.
    public var size: Int

    public init(key: String, size: Int) {
        self.key = key
        self.size = size
    }
}

/// Why a file cannot be fetched or stored.
public enum OriginFailureCode: FailureCode {
    /// A URL, an address or a mapping that cannot be used.
    case badAddress
    case notFound
    /// Credentials that are missing or refused, a bucket of another account.
    case denied
    /// No connection, or one that broke again and again.
    case unreachable
    /// The server answered with something else than the file.
    case refused
    /// A file of the host.
    case hostFile
    case cancelled

    public var exitStatus: ExitStatus {
        switch self {
        case .badAddress: .invalidDocument
        case .cancelled: .interrupted
        default: .unavailable
        }
    }
}

public typealias OriginFailure = Failure<OriginFailureCode>
