public import Failures
import FoundationEssentials

/// S3, as far as Kiln needs it: objects, and uploads in parts.
///
///     try await S3Client.with(settings) { s3 in try await s3.headObject(location) }
public struct S3Client: Sendable {
    let service: ServiceClient
    let target: S3Endpoint

    /// Opens the connections, runs `body`, closes them.
    ///
    /// - Throws: `noRegion`, `badConfiguration`, and what `body` throws.
    public static func with<Value: Sendable>(
        _ settings: AWSSettings, retry: RetryPolicy = RetryPolicy(),
        _ body: @Sendable (S3Client) async throws -> Value
    ) async throws -> Value {
        try await AWSSession.with(settings, retry: retry) { session in try await body(try session.s3()) }
    }

    init(
        target: S3Endpoint, chain: CredentialChain, transport: any HTTPTransport, retry: RetryPolicy,
        clock: RetryClock = .system
    ) {
        self.target = target
        service = ServiceClient(
            .s3, target.service, chain: chain, transport: transport, retry: retry, clock: clock)
    }

    /// "http://127.0.0.1:8333"
    public var endpoint: String { target.url }
    /// "127.0.0.1:8333"
    public var endpointHost: String { target.host }
    public var region: String { target.region }

    /// Over TLS the body itself need not be signed: the connection vouches for it, and the signed checksum header too.
    var signsBodies: Bool { target.scheme == "http" }

    func request(
        _ operation: String, _ method: String, _ location: S3Location, subject: String? = nil,
        query: [(name: String, value: String)] = []
    ) -> ServiceRequest {
        let (host, path) = target.target(bucket: location.bucket, key: location.key.isEmpty ? nil : location.key)
        return ServiceRequest(
            operation: operation, subject: subject ?? "\(location)", bucket: location.bucket, method: method,
            host: host,
            path: path, query: query)
    }

    /// A URL that gets the object without a key, for `lifetime`, at most seven days.
    ///
    /// - Throws: `noCredentials`, `badCredentials`.
    public func presignedURL(_ location: S3Location, lifetime: Duration) async throws(AWSFailure) -> String {
        let (host, path) = target.target(bucket: location.bucket, key: location.key)
        let query = service.signer.presignedQuery(
            for: SigV4.Request(method: "GET", host: host, path: path),
            lifetime: Int(min(lifetime.components.seconds, 604_800)),
            credentials: try await service.chain.credentials(),
            at: service.clock.now())
        return "\(target.scheme)://\(host)\(path)?\(query)"
    }
}
