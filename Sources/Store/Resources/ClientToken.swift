/// What a client sends along so that a request that it repeats is carried out once: within 24 hours the same token with the
/// same request is given the first answer again, and `idempotencyMismatch` with another request.
public struct ClientToken: Sendable, Hashable {
    /// "CreateComponent".
    public let operation: String
    public let token: String
    /// Of all that was asked but the token.
    public let requestDigest: String

    public init(operation: String, token: String, requestDigest: String) {
        self.operation = operation
        self.token = token
        self.requestDigest = requestDigest
    }
}
