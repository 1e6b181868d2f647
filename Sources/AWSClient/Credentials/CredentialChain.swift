public import Failures
import FoundationEssentials

/// Asks one source after another, keeps what it found, and asks again when that is about to end.
public actor CredentialChain {
    /// New credentials are fetched when the old ones have less than this to live: a part of an upload may take minutes.
    private static let margin: Double = 300

    private let sources: [any CredentialSource]
    private let now: @Sendable () -> Date
    private var found: AWSCredentials?
    /// Many requests find at once that new ones are due; one search serves them all.
    private var search: Task<Result<AWSCredentials, AWSFailure>, Never>?

    public init(_ sources: [any CredentialSource]) {
        self.init(sources, now: { Date() })
    }

    init(_ sources: [any CredentialSource], now: @escaping @Sendable () -> Date) {
        self.sources = sources
        self.now = now
    }

    /// - Throws: `noCredentials` naming where it looked; `badCredentials` from the first source that is broken.
    public func credentials() async throws(AWSFailure) -> AWSCredentials {
        if let found, life(of: found) > Self.margin { return found }
        // Not ended by the cancellation of whoever asked first: others wait for it too, and every source has its limit.
        let search = self.search ?? Task.detached { [sources] in await Self.find(in: sources) }
        self.search = search
        let outcome = await search.value
        if self.search == search { self.search = nil }
        switch outcome {
        case .success(let credentials):
            found = credentials
            return credentials
        case .failure(let failure):
            // A source that does not answer now may answer before these end.
            if let found, life(of: found) > 0 { return found }
            throw failure
        }
    }

    private static func find(in sources: [any CredentialSource]) async -> Result<AWSCredentials, AWSFailure> {
        for source in sources {
            do throws(AWSFailure) {
                if let credentials = try await source.credentials() { return .success(credentials) }
            } catch {
                return .failure(error)
            }
        }
        return .failure(
            AWSFailure(
                .noCredentials,
                "no AWS credentials: nothing in \(sources.map(\.name).joined(separator: ", nor in "))",
                hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`"))
    }

    /// Seconds.
    private func life(of credentials: AWSCredentials) -> Double {
        credentials.expiration?.timeIntervalSince(now()) ?? .infinity
    }

    /// Forgets what was found: the service said that it has expired.
    ///
    /// - Parameter refused: what it was said of; others found since are kept.
    public func invalidate(_ refused: AWSCredentials? = nil) {
        if refused == nil || found == refused { found = nil }
    }
}
