public import FoundationEssentials

/// A key to sign with. The secret halves are `Secret`s, so that a printed or logged value shows none of them.
public struct AWSCredentials: Sendable, Equatable {
    public let accessKeyID: String
    public let secretAccessKey: Secret
    /// Of temporary credentials.
    public let sessionToken: Secret?
    /// When temporary credentials end; nil where they do not, or do not say.
    public let expiration: Date?
    /// Where they were found, as in "the environment (AWS_ACCESS_KEY_ID)"; for messages.
    public let source: String

    public init(
        accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil, expiration: Date? = nil,
        source: String
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.source = source
    }
}
