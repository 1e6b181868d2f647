public import Failures

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
public struct EnvironmentCredentials: CredentialSource {
    public let name = "the environment (AWS_ACCESS_KEY_ID)"
    private let environment: [String: String]

    public init(_ environment: [String: String]) { self.environment = environment }

    public func credentials() async throws(AWSFailure) -> AWSCredentials? {
        let key = environment.nonEmpty("AWS_ACCESS_KEY_ID")
        let secret = environment.nonEmpty("AWS_SECRET_ACCESS_KEY")
        guard let key, let secret else {
            guard key == nil, secret == nil else {
                let missing = key == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
                throw AWSFailure(
                    .badCredentials, "the environment has one half of a key: \(missing) is not set",
                    hint: "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither")
            }
            return nil
        }
        return AWSCredentials(
            accessKeyID: key, secretAccessKey: Secret(secret),
            sessionToken: environment.nonEmpty("AWS_SESSION_TOKEN").map { Secret($0) }, source: name)
    }
}

extension [String: String] {
    /// The AWS tools take an empty variable as one that is not set.
    func nonEmpty(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return value
    }
}
