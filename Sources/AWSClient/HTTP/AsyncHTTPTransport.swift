import AsyncHTTPClient
import Failures
import FoundationEssentials
import HostSystem
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemPackage

/// HTTP/1.1 over pooled connections. `shutDown()` must be called before the last reference goes.
final class AsyncHTTPTransport: HTTPTransport {
    /// Error documents and listings are far smaller; a listing of 1,000 parts is about 300 KiB.
    private static let answerLimit = 8 << 20
    private static let connectLimit: TimeAmount = .seconds(10)
    /// A server that says nothing for this long, while we wait for it to speak, has gone.
    private static let silenceLimit: TimeAmount = .seconds(90)

    /// To one host: as many as an upload of blocks has on their way at once.
    private static let connections = 64

    private let direct: HTTPClient
    /// By the proxy's URL.
    private let proxied: [String: HTTPClient]
    private let proxies: ProxySettings

    init(_ network: NetworkSettings) throws(AWSFailure) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: Self.connectLimit, read: Self.silenceLimit)
        // A redirected S3 request needs another signature.
        configuration.redirectConfiguration = .disallow
        // Ours is the one place that tries again: it knows the limits and counts.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connections
        configuration.httpVersion = .http1Only
        if let certificates = network.certificates {
            guard Folders.exists(certificates) else {
                throw AWSFailure(
                    .badConfiguration, "the certificate bundle \(certificates) is not there",
                    hint: "AWS_CA_BUNDLE, or ca_bundle of the profile, names it")
            }
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(certificates.string)
            configuration.tlsConfiguration = tls
        }
        proxies = network.proxies
        direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var clients: [String: HTTPClient] = [:]
        for proxy in [proxies.https, proxies.http].compactMap({ $0 }) where clients[proxy.key] == nil {
            configuration.proxy = .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.password.map { .basic(credentials: Data($0.reveal().utf8).base64EncodedString()) })
            clients[proxy.key] = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }
        proxied = clients
    }

    private func client(for url: String) -> HTTPClient {
        proxies.proxy(for: url).flatMap { proxied[$0.key] } ?? direct
    }

    func shutDown() async {
        // Fails only where it was shut down before.
        try? await direct.shutdown()
        for client in proxied.values { try? await client.shutdown() }
    }

    func send(_ message: HTTPMessage, within limit: Duration, sink: BodySink?) async throws(TransportFault)
        -> HTTPAnswer
    {
        var request = HTTPClientRequest(url: message.url)
        request.method = .init(rawValue: message.method)
        for (name, value) in message.headers { request.headers.add(name: name, value: value) }
        switch message.body {
        case .none: break
        case .bytes(let bytes): request.body = .bytes(bytes)
        case .buffer(let buffer): request.body = .bytes(buffer)
        case .file(let range): request.body = .stream(range, length: .known(Int64(range.count)))
        }
        do {
            let (exchange, client) = (request, client(for: message.url))
            let (head, body) = try await withDeadline(limit, for: "an answer") {
                let response = try await client.execute(exchange, deadline: .distantFuture)
                let head = HTTPAnswer(
                    status: Int(response.status.code),
                    headers: response.headers.map { (name: $0.name, value: $0.value) })
                if sink != nil, (200..<300).contains(head.status) { return (head, Optional(response.body)) }
                var answer = head
                answer.body = Array(buffer: try await response.body.collect(upTo: Self.answerLimit))
                return (answer, nil)
            }
            if let body, let sink {
                for try await piece in body { try await sink(piece) }
            }
            return head
        } catch {
            throw Self.fault(error)
        }
    }

    private static func fault(_ error: any Error) -> TransportFault {
        switch error {
        case let failure as AWSFailure: return .local(failure)
        case is CancellationError: return .cancelled
        case let failure as HostFailure where failure.code == .timedOut: return .broken(failure.message)
        case let error as NIOConnectionError:
            let reason = error.connectionErrors.last.map { "\($0.error)" }
            let lookup = error.dnsAError ?? error.dnsAAAAError
            return .unreachable(reason ?? lookup.map { "the name \(error.host) is not known (\($0))" } ?? "no address")
        case let error as HTTPClientError where error == .connectTimeout:
            return .unreachable("no connection within 10 s")
        case let error as HTTPClientError where error == .cancelled: return .cancelled
        case let error as HTTPClientError where error == .proxyAuthenticationRequired:
            return .local(
                AWSFailure(
                    .badConfiguration, "the proxy wants a name and a password, or others than it was given",
                    hint: "HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT"))
        case let error as NIOSSLError: return .unreachable("TLS: \(error)")
        case let error as NIOSSLExtraError: return .unreachable("TLS: \(error.description)")
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            return .unreachable(error.description)
        case let error as SocketAddressError: return .unreachable("\(error)")
        default: return .broken("\(error)")
        }
    }
}
