import Failures
import FoundationEssentials

/// How credential sources reach what gives them keys. Connections are opened for one search and closed again: that is once an
/// hour.
struct CredentialNetwork: Sendable {
    var endpoints: EndpointSettings
    var region: String?
    var retry = RetryPolicy(attempts: 4, connectAttempts: 2)
    var clock = RetryClock.system
    /// - Parameter direct: without proxies, for addresses of this machine and its hypervisor.
    var connect: @Sendable (_ direct: Bool) throws(AWSFailure) -> any HTTPTransport

    init(_ network: NetworkSettings, region: String?, endpoints: EndpointSettings = .init()) {
        self.region = region
        self.endpoints = endpoints
        connect = { direct throws(AWSFailure) in
            try AsyncHTTPTransport(direct ? NetworkSettings() : network)
        }
    }

    /// Runs `body` with connections that are closed after it.
    func withTransport<Value>(
        direct: Bool, _ body: (any HTTPTransport) async throws(AWSFailure) -> Value
    ) async throws(AWSFailure) -> Value {
        let transport = try connect(direct)
        let outcome: Result<Value, AWSFailure>
        do throws(AWSFailure) {
            outcome = .success(try await body(transport))
        } catch {
            outcome = .failure(error)
        }
        await transport.shutDown()
        return try outcome.get()
    }

    /// Asks STS, with a key or, for a web identity, without.
    func withSTS<Value>(
        _ base: AWSCredentials?, _ body: (STSClient) async throws(AWSFailure) -> Value
    ) async throws(AWSFailure) -> Value {
        // Without a region STS has one server for all of AWS, as the AWS CLI takes it.
        let target = try ServiceEndpoint(.sts, region: region ?? "us-east-1", endpoints)
        let chain = CredentialChain(base.map { [FixedCredentials($0)] } ?? [])
        return try await withTransport(direct: false) { transport throws(AWSFailure) in
            try await body(
                STSClient(
                    service: ServiceClient(
                        .sts, target, chain: chain, transport: transport, retry: retry, clock: clock), target: target))
        }
    }

    /// A small document of a server beside us, in at most three attempts.
    ///
    /// - Returns: nil where nobody answers.
    func document(
        _ method: String, _ url: String, headers: [(name: String, value: String)], limit: Duration, attempts: Int,
        over transport: any HTTPTransport
    ) async throws(AWSFailure) -> HTTPAnswer? {
        let message = HTTPMessage(method: method, url: url, headers: headers, body: .none)
        for attempt in 1...max(1, attempts) {
            do throws(TransportFault) {
                let answer = try await transport.send(message, within: limit, sink: nil)
                if answer.status < 500 || attempt == attempts { return answer }
            } catch {
                switch error {
                case .cancelled: throw AWSFailure(.cancelled, "the search for credentials was cancelled")
                case .local(let failure): throw failure
                case .broken, .unreachable: break
                }
            }
            if attempt < attempts { try? await clock.sleep(retry.wait(after: attempt, fraction: clock.fraction())) }
        }
        return nil
    }
}

/// The JSON in which instances, containers and helper programs give keys.
struct KeyDocument: Decodable {
    let AccessKeyId: String
    let SecretAccessKey: String
    let Token: String?
    let SessionToken: String?
    let Expiration: String?
    let Version: Int?

    func credentials(source: String) -> AWSCredentials {
        AWSCredentials(
            accessKeyID: AccessKeyId, secretAccessKey: Secret(SecretAccessKey),
            sessionToken: (Token ?? SessionToken).map { Secret($0) },
            expiration: Expiration.flatMap { UTC.parseExtended($0) }, source: source)
    }

    /// nil where it is something else.
    static func read(_ answer: HTTPAnswer) -> KeyDocument? {
        try? JSONDecoder().decode(KeyDocument.self, from: Data(answer.body))
    }
}
