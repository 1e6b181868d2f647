import Failures
import FoundationEssentials
import HostSystem
import Synchronization

/// Signs, sends, tries again, and turns what a service says into one error.
final class ServiceClient: Sendable {
    let traits: ServiceTraits
    /// "https://s3.eu-west-1.amazonaws.com", for messages.
    let endpoint: String
    let scheme: String
    let signer: SigV4
    let chain: CredentialChain
    let transport: any HTTPTransport
    let retry: RetryPolicy
    let clock: RetryClock
    /// Seconds that the service's clock is ahead of ours, learned from a refusal.
    let skew = Mutex<Double>(0)

    /// "S3", for messages.
    var serviceName: String { traits.service.title }

    init(
        _ traits: ServiceTraits, _ target: ServiceEndpoint, chain: CredentialChain, transport: any HTTPTransport,
        retry: RetryPolicy, clock: RetryClock = .system
    ) {
        self.traits = traits
        endpoint = target.url
        scheme = target.scheme
        signer = SigV4(service: traits.service.rawValue, region: target.region, rules: traits.rules)
        self.chain = chain
        self.transport = transport
        self.retry = retry
        self.clock = clock
    }

    /// - Throws: `AWSFailure`, after as many attempts as the policy allows where the fault may pass.
    func send(_ request: ServiceRequest, sink: BodySink? = nil) async throws(AWSFailure) -> ServiceReply {
        var attempt = 0
        var renewed = false
        var reset = false
        let begun = clock.now()
        while true {
            attempt += 1
            let credentials = request.isAnonymous ? nil : try await chain.credentials()
            var asked: Double?
            do {
                try await request.pacer?.waitForTurn()
                // Signed after the wait, which may be longer than a signature lives.
                let message = sign(request, credentials)
                let answer = try await transport.send(message, within: limit(for: request), sink: sink)
                guard let document = refusal(in: answer, to: request) else {
                    return ServiceReply(answer: answer, attempts: attempt)
                }
                // Each of the two mends is tried once, and at once: neither is the service's fault.
                if !reset, learnSkew(from: answer, document) {
                    reset = true
                    continue
                }
                if !renewed, !request.isAnonymous, Self.expired.contains(document.code) {
                    renewed = true
                    await chain.invalidate(credentials)
                    if try await chain.credentials() != credentials { continue }
                }
                let status = answer.status < 300 ? 500 : answer.status
                let error = ServiceError(
                    status: status, code: document.code, message: document.message,
                    requestID: document.requestID, attempts: attempt)
                let mayPass = RetryPolicy.mayPass(status: status, code: document.code) && attempt < retry.attempts
                guard mayPass || isPatient(with: document.code, request, since: begun) else {
                    throw failure(
                        .init(error: error, document: document, request: request, endpoint: endpoint), credentials)
                }
                request.pacer?.failed(throttled: RetryPolicy.isThrottling(status: status, code: document.code))
                asked = answer[header: "retry-after"].flatMap { Double($0) }
            } catch let fault as TransportFault {
                try judge(fault, attempt, request)
                request.pacer?.failed(throttled: false)
            } catch let failure as AWSFailure {
                throw failure
            } catch is CancellationError {
                throw cancelled(request)
            } catch {
                throw AWSFailure(.connectionLost, "\(request.operation) of \(request.subject): \(error)", cause: error)
            }
            do {
                try await clock.sleep(retry.wait(after: attempt, fraction: clock.fraction(), asked: asked))
            } catch {
                throw cancelled(request)
            }
        }
    }

    private func isPatient(with code: String, _ request: ServiceRequest, since begun: Date) -> Bool {
        guard let patience = request.patience, patience.codes.contains(code) else { return false }
        return clock.now().timeIntervalSince(begun) < patience.limit.seconds
    }

    /// Returns where another attempt is due.
    private func judge(_ fault: TransportFault, _ attempt: Int, _ request: ServiceRequest) throws(AWSFailure) {
        switch fault {
        case .local(let failure): throw failure
        case .cancelled: throw cancelled(request)
        case .unreachable(let reason):
            if Task.isCancelled { throw cancelled(request) }
            guard attempt >= min(retry.connectAttempts, retry.attempts) else { return }
            throw AWSFailure(
                .unreachable, "cannot reach \(serviceName) at \(endpoint) after \(attempt) attempts: \(reason)",
                hint: "check the endpoint (--endpoint, \(traits.service.endpointVariable)), the network and the region",
                cause: fault)
        case .broken(let reason):
            if Task.isCancelled { throw cancelled(request) }
            guard attempt >= retry.attempts else { return }
            throw AWSFailure(
                .connectionLost,
                "\(request.operation) of \(request.subject) failed \(attempt) times, at last: \(reason)",
                hint: "the network or \(endpoint) is in trouble: try again later", cause: fault)
        }
    }

    private func cancelled(_ request: ServiceRequest) -> AWSFailure {
        AWSFailure(.cancelled, "\(request.operation) of \(request.subject) was cancelled")
    }

    private func sign(_ request: ServiceRequest, _ credentials: AWSCredentials?) -> HTTPMessage {
        let query = request.query.isEmpty ? "" : "?" + PercentEncoding.query(request.query)
        var message = HTTPMessage(
            method: request.method, url: "\(scheme)://\(request.host)\(request.path)\(query)",
            headers: request.headers, body: request.body)
        guard let credentials else { return message }
        let target = SigV4.Request(
            method: request.method, host: request.host, path: request.path, query: request.query,
            headers: request.headers)
        let date = clock.now().addingTimeInterval(skew.withLock { $0 })
        message.headers += signer.headers(
            for: target, payloadHash: request.payloadHash, credentials: credentials, at: date)
        return message
    }

    /// A floor for the slowest link worth using, so that a large part on a thin line is not cut off in the middle.
    private func limit(for request: ServiceRequest) -> Duration {
        request.limit ?? .seconds(60) + .seconds(Double(request.body.count) / 50_000)
    }

    private func refusal(in answer: HTTPAnswer, to request: ServiceRequest) -> ServiceErrorDocument? {
        if (200..<300).contains(answer.status) {
            guard request.mayFailInside200 else { return nil }
            let document = traits.readError(answer)
            return document.code.isEmpty ? nil : document
        }
        var document = traits.readError(answer)
        if document.code.isEmpty { document.code = Self.codes[answer.status] ?? "HTTP\(answer.status)" }
        document.requestID =
            document.requestID ?? answer[header: "x-amz-request-id"]
            ?? answer[header: "x-amzn-requestid"]
        document.region = document.region ?? answer[header: "x-amz-bucket-region"]
        return document
    }

    private static let expired: Set<String> = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]
    /// HEAD has no body to put a code in.
    private static let codes = [
        301: "PermanentRedirect", 403: "AccessDenied", 404: "NotFound", 412: "PreconditionFailed",
    ]
}
