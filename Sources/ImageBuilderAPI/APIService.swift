import AWSClient
public import Foundation
public import Store

/// EC2 Image Builder's API over a store: from a request as it came to the answer as it goes back, without a network.
public final class APIService: Sendable {
    private let contract = Contract.current
    private let router: Router
    private let reader: RequestReader
    private let authenticator: Authenticator
    private let limit: RateLimit
    private let metrics = ServiceMetrics()
    private let store: KilnStore
    private let handlers: [String: Handler]
    private let clock: @Sendable () -> Date
    private let log: @Sendable (String) -> Void

    /// Requests a second of one key; as many again may come at once.
    public static let defaultRate = 1000

    /// - Parameters:
    ///   - executions: nil: builds are queued in the store.
    ///   - reachesAWS: whether work in AWS that the store names (imports of EC2) is followed.
    ///   - secretParameters: the parameters of components and workflows whose values are sealed in the store.
    ///   - log: gets a line a request, without secrets.
    public init(
        store: KilnStore, executions: (any ImageExecutions)? = nil, keys: (any KeySource)? = nil,
        documents: any DocumentSource = NoDocuments(), packages: any PackageSource = NoPackages(),
        reachesAWS: Bool = false, secretParameters: Set<String> = [], rate: Int = defaultRate,
        clock: @escaping @Sendable () -> Date = { Date() }, log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.clock = clock
        self.log = log
        router = Router(contract)
        reader = RequestReader(contract: contract)
        authenticator = Authenticator(
            keys: keys ?? StoreKeys(store: store), region: store.account.region, clock: clock)
        limit = RateLimit(perSecond: rate)
        handlers =
            Handlers(
                contract: contract, store: store, executions: executions ?? store, documents: documents,
                packages: packages, reachesAWS: reachesAWS, secretParameters: secretParameters
            ).table
    }

    /// Always an answer; what cannot be carried out is one too.
    public func answer(_ request: APIRequest) async -> APIAnswer {
        if ["GET", "HEAD"].contains(request.method), let answer = await page(request.path) { return answer }
        let began = ContinuousClock.now
        let id = UUID().uuidString.lowercased()
        let match = router.match(request)
        var who = "-"
        var answer: APIAnswer
        do {
            let caller = try await authenticate(request, match)
            who = caller.name
            answer = APIAnswer(json: try await carryOut(request, match, caller, id), requestID: id)
        } catch {
            answer = APIAnswer(error, requestID: id)
        }
        // Clients whose clock is wrong set it by this.
        answer.headers.append(("date", HTTPDate.text(clock())))
        let took = ContinuousClock.now - began
        let name = match?.operation.name ?? "unknown"
        metrics.record(name, status: answer.status, took: took)
        let error = answer.header("x-amzn-errortype").map { " \($0)" } ?? ""
        let milliseconds = Int((took / .milliseconds(1)).rounded())
        log("\(name) \(answer.status)\(error) \(milliseconds) ms by \(who) \(id)")
        return answer
    }

    func tooLarge() -> APIAnswer {
        let error = APIError(
            "RequestEntityTooLargeException", "A request may have \(ServerOptions.bodyLimit) bytes.", status: 413)
        var answer = APIAnswer(error, requestID: UUID().uuidString.lowercased())
        answer.headers.append(("connection", "close"))
        return answer
    }

    private func authenticate(_ request: APIRequest, _ match: Router.Match?) async throws(APIError) -> Caller {
        let input = match.flatMap { contract.structure($0.operation.input) }
        let isRepeatable =
            match.map { $0.operation.isReading } ?? true || input?.members["clientToken"] != nil
        return try await authenticator.caller(of: request, isRepeatable: isRepeatable)
    }

    private func carryOut(
        _ request: APIRequest, _ match: Router.Match?, _ caller: Caller, _ id: String
    ) async throws(APIError) -> JSONValue {
        guard let match, let handler = handlers[match.operation.name] else {
            throw APIError(
                "UnknownOperationException", "There is no operation \(request.method) \(request.path.prefix(200)).",
                status: 404)
        }
        let now = clock()
        guard limit.admits(caller, now: now) else {
            throw APIError("CallRateLimitExceededException", "Rate exceeded. Ask again in a second.")
        }
        guard !caller.isReadOnly || match.operation.isReading else {
            throw APIError(
                "AccessDeniedException",
                "The key \(caller.accessKeyID) (\(caller.name)) may only read and is not authorized to perform: "
                    + "imagebuilder:\(match.operation.name)", status: 403)
        }
        var output: [String: JSONValue]
        do {
            let input = try reader.input(request, match)
            output = try await handler(Call(operation: match.operation, input: input, now: now)).members ?? [:]
        } catch let error as APIError {
            throw error.fitted(to: match.operation)
        } catch {
            throw APIError("ServiceUnavailableException", "\(error)")
        }
        output["requestId"] = .string(id)
        return ShapeFit(contract: contract).fitted(.object(output), to: match.operation.output)
    }

    /// What watches a server asks; neither shows what is in the store, and both are open to whoever can reach it.
    private func page(_ path: String) async -> APIAnswer? {
        switch path {
        case "/health":
            let isWell = (try? await store.lastEvent()) != nil
            return APIAnswer(
                status: isWell ? 200 : 503, headers: [("content-type", "application/json")],
                body: JSONValue.object(["status": isWell ? "ok" : "the store cannot be read"]).bytes)
        case "/metrics":
            let builds = (try? await store.builds(in: Set(ImageState.allCases).filter(\.isUnderway))) ?? []
            let counts = Dictionary(grouping: builds, by: \.state.rawValue).mapValues(\.count)
            return APIAnswer(
                status: 200, headers: [("content-type", "text/plain; version=0.0.4")],
                body: Array(metrics.text(builds: counts).utf8))
        default: return nil
        }
    }
}

/// The keys of `kiln key api`.
struct StoreKeys: KeySource {
    let store: KilnStore

    func key(_ accessKeyID: String) async throws -> (caller: Caller, secret: Secret)? {
        guard let (key, secret) = try await store.apiKey(accessKeyID) else { return nil }
        let caller = Caller(name: key.name, accessKeyID: key.id, isReadOnly: key.rights == .readOnly)
        return (caller, Secret(secret.reveal()))
    }
}
