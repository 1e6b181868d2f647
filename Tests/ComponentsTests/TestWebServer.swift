import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A small web server on the loopback, with answers that real servers give on bad days.
final class TestWebServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let counts: Counts

    /// How often each path was asked for.
    final class Counts: Sendable {
        private let state = Mutex<[String: Int]>([:])
        func next(_ path: String) -> Int {
            state.withLock { state in
                state[path, default: 0] += 1
                return state[path, default: 0]
            }
        }
        subscript(path: String) -> Int { state.withLock { $0[path, default: 0] } }
    }

    static let content = Array("the file's content\n".utf8)
    static let large = 5 << 20

    /// - Parameter tls: PEM files of a certificate and its key.
    static func with(
        tls: (certificate: String, key: String)? = nil, _ body: (TestWebServer) async throws -> Void
    ) async throws {
        let server = try await TestWebServer(tls: tls)
        do { try await body(server) } catch {
            try? await server.channel.close()
            throw error
        }
        try await server.channel.close()
    }

    private init(tls: (certificate: String, key: String)?) async throws {
        let counts = Counts()
        var context: NIOSSLContext?
        if let tls {
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(tls.certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.key, format: .pem)))
            context = try NIOSSLContext(configuration: configuration)
        }
        let secured = context
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let secured {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: secured))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answers(counts: counts))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.counts = counts
    }

    var base: String { "http://127.0.0.1:\(port)" }
    func asked(_ path: String) -> Int { counts[path] }

    private final class Answers: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let counts: Counts

        init(counts: Counts) { self.counts = counts }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let path = String(head.uri.prefix { $0 != "?" })
            let count = counts.next(path)
            switch path {
            case "/dir/file.txt", "/a%20b.txt": answer(context, .ok, TestWebServer.content)
            case "/large": answer(context, .ok, [UInt8](repeating: 7, count: TestWebServer.large))
            case "/moved": answer(context, .found, [], ["location": "/again"])
            case "/again": answer(context, .movedPermanently, [], ["location": "/dir/file.txt"])
            case "/circle": answer(context, .found, [], ["location": "/circle"])
            case "/busy": answer(context, count < 3 ? .serviceUnavailable : .ok, TestWebServer.content)
            case "/broken": answer(context, .internalServerError, [])
            // Fewer bytes than it promised, the first time.
            case "/cut": answer(context, .ok, TestWebServer.content, promised: count == 1 ? 1000 : nil)
            case "/secret": answer(context, .forbidden, [])
            case "/partial": answer(context, .partialContent, TestWebServer.content)
            default: answer(context, .notFound, [])
            }
        }

        private func answer(
            _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ body: [UInt8],
            _ headers: [String: String] = [:], promised: Int? = nil
        ) {
            var head = HTTPResponseHead(version: .http1_1, status: status)
            for (name, value) in headers { head.headers.add(name: name, value: value) }
            head.headers.add(name: "content-length", value: "\(promised ?? body.count)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            if promised != nil {
                context.close(promise: nil)
            } else {
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
