public import Failures

/// Connections and credentials, shared by the clients of all services and regions.
///
///     try await AWSSession.with(settings) { aws in
///         let image = try await aws.ec2(region: "eu-central-1").registerImage(registration)
///     }
public struct AWSSession: Sendable {
    let settings: AWSSettings
    let chain: CredentialChain
    let transport: any HTTPTransport
    let retry: RetryPolicy
    var clock = RetryClock.system

    /// Opens the connections, runs `body`, closes them.
    ///
    /// - Throws: `badConfiguration`, and what `body` throws.
    public static func with<Value: Sendable>(
        _ settings: AWSSettings, retry: RetryPolicy = RetryPolicy(),
        _ body: @Sendable (AWSSession) async throws -> Value
    ) async throws -> Value {
        let transport = try AsyncHTTPTransport(settings.network)
        let session = AWSSession(
            settings: settings, chain: CredentialChain(settings.credentials), transport: transport, retry: retry)
        do {
            let value = try await body(session)
            await transport.shutDown()
            return value
        } catch {
            await transport.shutDown()
            throw error
        }
    }

    /// What the settings say, where a client is asked for without a region.
    public var region: String? { settings.region }

    /// - Throws: `noRegion`, `badConfiguration`.
    public func s3(region: String? = nil) throws(AWSFailure) -> S3Client {
        S3Client(
            target: try S3Endpoint(settings: settings, region: region), chain: chain, transport: transport,
            retry: retry, clock: clock)
    }

    /// - Throws: `noRegion`, `badConfiguration`.
    public func ec2(region: String? = nil) throws(AWSFailure) -> EC2Client {
        let target = try target(.ec2, region)
        return EC2Client(service: client(.ec2, target), target: target)
    }

    /// - Throws: `noRegion`, `badConfiguration`.
    public func ebs(region: String? = nil) throws(AWSFailure) -> EBSClient {
        let target = try target(.ebs, region)
        // One of many thousand blocks fails more often in a row than a single request does.
        var retry = retry
        retry.attempts = max(retry.attempts, 10)
        return EBSClient(
            service: ServiceClient(.ebs, target, chain: chain, transport: transport, retry: retry, clock: clock),
            target: target)
    }

    /// - Throws: `noRegion`, `badConfiguration`.
    public func ssm(region: String? = nil) throws(AWSFailure) -> SSMClient {
        let target = try target(.ssm, region)
        return SSMClient(service: client(.ssm, target), target: target)
    }

    /// - Throws: `noRegion`, `badConfiguration`.
    public func sts(region: String? = nil) throws(AWSFailure) -> STSClient {
        let target = try target(.sts, region)
        return STSClient(service: client(.sts, target), target: target)
    }

    /// - Throws: `noRegion`, `badConfiguration`.
    public func sns(region: String? = nil) throws(AWSFailure) -> SNSClient {
        let target = try target(.sns, region)
        return SNSClient(service: client(.sns, target), target: target)
    }

    /// The same connections with the rights of another role, such as one in a target account; its sessions are renewed
    /// while this session's own credentials last.
    public func assuming(_ role: AssumedRole, region: String? = nil) throws(AWSFailure) -> AWSSession {
        let chain = CredentialChain([RoleCredentials(role, try sts(region: region))], now: clock.now)
        return AWSSession(settings: settings, chain: chain, transport: transport, retry: retry, clock: clock)
    }

    private func target(_ service: AWSService, _ region: String?) throws(AWSFailure) -> ServiceEndpoint {
        try ServiceEndpoint(service, region: region ?? settings.region, settings.endpoints)
    }

    private func client(_ traits: ServiceTraits, _ target: ServiceEndpoint) -> ServiceClient {
        ServiceClient(traits, target, chain: chain, transport: transport, retry: retry, clock: clock)
    }
}
