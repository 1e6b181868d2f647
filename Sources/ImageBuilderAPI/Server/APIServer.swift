import Failures
import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Listens, and hands each request to the service.
public struct APIServer: Sendable {
    let service: APIService
    let options: ServerOptions

    public init(service: APIService, options: ServerOptions) {
        self.service = service
        self.options = options
    }

    /// Serves until the task is cancelled; requests under way then have a few seconds to end.
    ///
    /// - Parameter whenListening: gets the port.
    public func run(whenListening: @escaping @Sendable (Int) async -> Void) async throws {
        let tls = try options.tls()
        let configuration = ServerConfiguration(
            address: .hostname(options.host, port: options.port),
            availableConnectionsDelegate: MaximumAvailableConnections(ServerOptions.connectionLimit))
        // The library says nothing of its own: what is worth a line, the service tells.
        let logger = Logger(label: "org.kiln.api") { _ in SwiftLogNoOpLogHandler() }
        let http = HTTP1Channel(
            responder: { request, writer, _ in try await respond(to: request, writer) },
            configuration: .init(idleTimeout: ServerOptions.idleLimit))
        let ready: @Sendable (any Channel) async -> Void = {
            await whenListening($0.localAddress?.port ?? options.port)
        }
        if let tls {
            let channel: TLSChannel<HTTP1Channel>
            do { channel = try TLSChannel(http, tlsConfiguration: tls) } catch {
                throw APIFailure(
                    .badCertificate, "the certificate does not go with its key", hint: "give a pair", cause: error)
            }
            try await run(
                Server(
                    childChannelSetup: channel, configuration: configuration, onServerRunning: ready,
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger))
        } else {
            try await run(
                Server(
                    childChannelSetup: http, configuration: configuration, onServerRunning: ready,
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger))
        }
    }

    private func run(_ server: Server<some ServerChildChannel>) async throws {
        // In a task of its own: a cancelled one would break off what is being answered.
        let serving = Task { try await server.run() }
        let outcome = await withTaskCancellationHandler {
            await serving.result
        } onCancel: {
            Task {
                try? await server.shutdownGracefully()
            }
            Task {
                try? await Task.sleep(for: ServerOptions.grace)
                serving.cancel()
            }
        }
        guard case .failure(let error) = outcome, !Task.isCancelled else { return }
        throw APIFailure(
            .cannotListen, "cannot listen on \(options.host):\(options.port): \(error)",
            hint: "give an address of this machine and a free --port (0: any)", cause: error)
    }

    private func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
        let target = (request.head.path ?? "/").split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
        // The library takes it out of the headers; it is signed.
        if let authority = request.head.authority { headers.append(("host", authority)) }
        var incoming = APIRequest(
            method: request.head.method.rawValue, path: target.first.map(String.init) ?? "/",
            query: target.count > 1 ? String(target[1]) : "", headers: headers)
        // What is written in answer to it has no body, or the client takes it for the beginning of the next answer.
        let isHead = request.head.method == .head
        do { incoming.body = try await body(of: request) } catch let error as NIOTooManyBytesError {
            try await write(service.tooLarge(), isHead, to: writer)
            // Ends the connection, as the answer says.
            throw error
        }
        var answer = await service.answer(incoming)
        // An offer of another protocol, or a tunnel: the library reads nothing behind it.
        let isLast = request.headers[.upgrade] != nil || request.head.method == .connect
        if isLast { answer.headers.append(("connection", "close")) }
        try await write(answer, isHead, to: writer)
        if isLast { throw Ended() }
    }

    /// Ends a connection whose last answer is written.
    private struct Ended: Error {}

    /// - Throws: `NIOTooManyBytesError` for one that is too large. Up to a bound it is read to its end before: a client that still
    ///   sends when the connection ends may lose the answer.
    private func body(of request: Request) async throws -> [UInt8] {
        var (body, count): ([UInt8], Int) = ([], request.headers[.contentLength].flatMap { Int($0) } ?? 0)
        if count <= ServerOptions.patience {
            count = 0
            for try await part in request.body {
                count += part.readableBytes
                if count <= ServerOptions.bodyLimit { body += part.readableBytesView }
                if count > ServerOptions.patience { break }
            }
        }
        guard count <= ServerOptions.bodyLimit else { throw NIOTooManyBytesError(maxBytes: ServerOptions.bodyLimit) }
        return body
    }

    private func write(_ answer: APIAnswer, _ isHead: Bool, to writer: consuming ResponseWriter) async throws {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        fields[.contentLength] = String(answer.body.count)
        let head = HTTPResponse(status: .init(code: answer.status), headerFields: fields)
        if isHead { return try await writer.writeResponse(head) }
        try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
