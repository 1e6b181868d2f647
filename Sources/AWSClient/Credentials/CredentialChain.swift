public import Failures
import FoundationEssentials

/// Asks one source after another, keeps what it found, and asks again when that is about to end.
public actor CredentialChain {
    /// New credentials are fetched when the old ones have less than this to live: a part of an upload may take minutes.
    private static let margin: Double = 300

    private let sources: [any CredentialSource]
    private let now: @Sendable () -> Date
    private var found: AWSCredentials?

    public init(_ sources: [any CredentialSource]) {
        self.init(sources, now: { Date() })
    }

    init(_ sources: [any CredentialSource], now: @escaping @Sendable () -> Date) {
        self.sources = sources
        self.now = now
    }

    /// - Throws: `noCredentials` naming where it looked; `badCredentials` from the first source that is broken.
    public func credentials() async throws(AWSFailure) -> AWSCredentials {
        if let found, found.expiration.map({ $0.timeIntervalSince(now()) > Self.margin }) ?? true { return found }
        for source in sources {
            if let credentials = try await source.credentials() {
                found = credentials
                return credentials
            }
        }
        throw AWSFailure(
            .noCredentials,
            "no AWS credentials: nothing in \(sources.map(\.name).joined(separator: ", nor in "))",
            hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`")
    }

    /// Forgets what was found: the service said that it has expired.
    public func invalidate() { found = nil }
}
