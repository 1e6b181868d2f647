public import AWSClient
import HostSystem

extension LocalS3 {
    /// What the AWS CLI, boto3 and Kiln take from the environment.
    public var environment: [String: String] {
        [
            "AWS_ACCESS_KEY_ID": accessKeyID, "AWS_SECRET_ACCESS_KEY": secret.reveal(), "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": endpoint, "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        ]
    }

    /// - Parameters:
    ///   - endpoint: another way to the same server, such as a proxy.
    ///   - secret: another secret of the same key.
    public func settings(endpoint: String? = nil, secret: Secret? = nil) throws -> AWSSettings {
        try AWSSettings(
            flags: .init(
                accessKeyID: accessKeyID, secretAccessKey: secret ?? self.secret, region: "us-east-1",
                endpoint: endpoint ?? self.endpoint), environment: ["HOME": "/nonexistent"])
    }

    /// Runs the AWS CLI, a client that is not ours, and gives what it prints.
    @discardableResult
    public func aws(_ arguments: String..., limit: Duration = .seconds(120)) async throws -> String {
        try await HostCommand("aws", arguments, environment: environment, limit: limit).run()
    }

    public func makeBucket(_ name: String) async throws {
        try await aws("s3api", "create-bucket", "--bucket", name, limit: .seconds(30))
    }
}
