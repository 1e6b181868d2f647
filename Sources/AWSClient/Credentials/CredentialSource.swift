public import Failures

/// One place that credentials may come from.
public protocol CredentialSource: Sendable {
    /// For messages: "the environment", "profile build of ~/.aws/credentials".
    var name: String { get }

    /// The credentials; nil where this source has nothing to say and the next is to be asked.
    ///
    /// - Throws: `badCredentials` where the source is configured and broken, which ends the search: going on would sign
    ///   as somebody the user did not mean.
    func credentials() async throws(AWSFailure) -> AWSCredentials?
}

/// Credentials given in so many words (command line flags).
public struct FixedCredentials: CredentialSource {
    public let name: String
    private let fixed: AWSCredentials

    public init(_ credentials: AWSCredentials) {
        name = credentials.source
        fixed = credentials
    }

    public func credentials() async throws(AWSFailure) -> AWSCredentials? { fixed }
}
