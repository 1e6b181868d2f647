import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A TCP relay between Kiln and a server that spoils what a test tells it to. Each connection carries one request.
public final class FaultProxy: Sendable {
    /// A request on its way.
    public struct Exchange: Sendable {
        public var method: String
        /// With the query, as it was sent.
        public var target: String
        /// Of a form: "RegisterImage".
        public var operation: String?
        /// Of this method, target and operation, from 1.
        public var time: Int
        /// Of its body.
        public var bytes: Int

        /// Of an UploadPart.
        public var part: Int? {
            guard method == "PUT", let range = target.firstRange(of: "partNumber=") else { return nil }
            return Int(target[range.upperBound...].prefix { $0.isNumber })
        }

        /// Of a PutSnapshotBlock.
        public var block: Int? {
            guard method == "PUT", let range = target.firstRange(of: "/blocks/") else { return nil }
            return Int(target[range.upperBound...].prefix { $0.isNumber })
        }
    }

    public enum Fault: Sendable {
        /// The body is taken, and this answer given, without the server knowing of it.
        case answer(status: Int, code: String, headers: [(name: String, value: String)] = [])
        /// The connection breaks after half of the body; the server never hears of it.
        case reset
        /// The server gets half of the body and then the end of the connection; so does the client.
        case cutBody
        /// A byte of the body is changed on its way.
        case bendBody
        /// The server does its work, and its answer is lost.
        case loseAnswer
        /// Half of the answer arrives.
        case cutAnswer
        /// Nothing ever comes.
        case silence
        /// All comes, and later than it should.
        case late(Duration)
    }

    public typealias Rule = @Sendable (Exchange) -> Fault?

    private let server: Int
    private let rule: Rule
    private let seen = Mutex<[Exchange]>([])
    /// Methods and targets whose answer went to the client as a whole.
    private let answered = Mutex<Set<String>>([])
    private let again = Mutex(0)

    private init(server: Int, rule: @escaping Rule) {
        self.server = server
        self.rule = rule
    }

    /// Requests that came although an earlier one like them had been answered.
    public var repeats: Int { again.withLock { $0 } }

    /// Every request that came, in order.
    public var log: [Exchange] { seen.withLock { $0 } }

    /// Runs `body` with a relay to the port `server`.
    public static func with<Value: Sendable>(
        server: Int, rule: @escaping Rule,
        _ body: @escaping @Sendable (_ proxy: FaultProxy, _ endpoint: String) async throws -> Value
    ) async throws -> Value {
        let proxy = FaultProxy(server: server, rule: rule)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Nothing is read before somebody listens.
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { channel in channel.eventLoop.makeSucceededFuture(channel) }
        let port = listener.channel.localAddress?.port ?? 0
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await listener.executeThenClose { clients in
                    await withDiscardingTaskGroup { connections in
                        do {
                            for try await client in clients { connections.addTask { await proxy.accept(client) } }
                        } catch {}
                        connections.cancelAll()
                    }
                }
                return nil
            }
            group.addTask { try await body(proxy, "http://127.0.0.1:\(port)") }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    /// A connection becomes an asynchronous one only here: NIO ends the process where one of those is dropped unused, as those
    /// are that come when the test ends.
    private func accept(_ channel: any Channel) async {
        let wrapped = channel.eventLoop.submit {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: false))
        }
        guard let client = try? await wrapped.get() else { return }
        channel.setOption(.autoRead, value: true).whenComplete { _ in }
        await serve(client)
    }

    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        // Whatever goes wrong here, the client sees a connection that ends.
        try? await client.executeThenClose { inbound, outbound in
            var pieces = inbound.makeAsyncIterator()
            var head = ByteBuffer()
            var split: Range<Int>?
            while split == nil {
                guard var piece = try await pieces.next() else { return }
                head.writeBuffer(&piece)
                split = Array(head.readableBytesView).firstRange(of: Array("\r\n\r\n".utf8))
            }
            guard let split, let text = head.readString(length: split.upperBound) else { return }
            // A form is short, and says only in its body what it asks for.
            if let bytes = Self.formSize(text) {
                while head.readableBytes < bytes, var piece = try await pieces.next() { head.writeBuffer(&piece) }
            }
            let request = exchange(text, form: String(buffer: head))
            let name = "\(request.method) \(request.target)"
            if answered.withLock({ $0.contains(name) }) { again.withLock { $0 += 1 } }
            switch rule(request) {
            case .answer(let status, let code, let headers):
                try await take(request.bytes, head, &pieces) { _ in }
                try await outbound.write(Self.refusal(status, code, headers))
            case .reset:
                try await take(request.bytes / 2, head, &pieces) { _ in }
                // With nothing to linger for, closing sends RST instead of FIN.
                try await client.channel.setOption(.socketOption(.init(rawValue: SO_LINGER)), value: 1).get()
            case .silence:
                try await take(request.bytes, head, &pieces) { _ in }
                try await Task.sleep(for: .seconds(600))
            case .late(let delay):
                try await Task.sleep(for: delay)
                try await relay(text, request.bytes, head, &pieces, outbound, nil)
                _ = answered.withLock { $0.insert(name) }
            case let fault:
                let wanted: Int = if case .cutBody = fault { request.bytes / 2 } else { request.bytes }
                try await relay(text, wanted, head, &pieces, outbound, fault)
                if fault == nil { _ = answered.withLock { $0.insert(name) } }
            }
        }
    }

    /// Passes a request on over a connection of its own, and its answer back.
    private func relay(
        _ text: String, _ wanted: Int, _ rest: ByteBuffer,
        _ pieces: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ fault: Fault?
    ) async throws {
        let upstream = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: server) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        nonisolated(unsafe) var source = pieces
        try await upstream.executeThenClose { answer, server in
            // Connection is no signed header: one request a connection, and the end of the answer is the end of it.
            let head = text.dropLast(2).split(separator: "\r\n").filter { !$0.lowercased().hasPrefix("connection:") }
            let headBytes = ByteBuffer(string: head.joined(separator: "\r\n") + "\r\nConnection: close\r\n\r\n")
            try await server.write(headBytes)
            var bent = false
            try await take(wanted, rest, &source) { piece in
                var piece = piece
                if case .bendBody = fault, !bent, let byte = piece.getInteger(at: piece.readerIndex, as: UInt8.self) {
                    piece.setInteger(byte ^ 0x20, at: piece.readerIndex)
                    bent = true
                }
                try await server.write(piece)
            }
            if case .cutBody = fault { return }
            var whole = ByteBuffer()
            for try await var piece in answer { whole.writeBuffer(&piece) }
            if case .loseAnswer = fault { return }
            if case .cutAnswer = fault { whole.moveWriterIndex(to: whole.writerIndex - min(whole.readableBytes, 40)) }
            try await outbound.write(whole)
        }
        pieces = source
    }

    private func take(
        _ wanted: Int, _ rest: ByteBuffer, _ pieces: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ use: (ByteBuffer) async throws -> Void
    ) async throws {
        var left = wanted
        var next: ByteBuffer? = rest
        while left > 0, let piece = next {
            let part = piece.getSlice(at: piece.readerIndex, length: min(left, piece.readableBytes)) ?? ByteBuffer()
            if part.readableBytes > 0 { try await use(part) }
            left -= part.readableBytes
            if left > 0 { next = try await pieces.next() }
        }
    }

    private static func header(_ name: String, in head: String) -> String? {
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name):") }
        return line.map { $0.drop { $0 != ":" }.dropFirst().drop { $0 == " " } }.map(String.init)
    }

    /// Bytes of the body, where it is a form.
    private static func formSize(_ head: String) -> Int? {
        guard header("content-type", in: head)?.contains("x-www-form-urlencoded") == true else { return nil }
        return header("content-length", in: head).flatMap { Int($0) }
    }

    private func exchange(_ head: String, form: String) -> Exchange {
        let words = head.split(separator: "\r\n")[0].split(separator: " ")
        let bytes = Self.header("content-length", in: head).flatMap { Int($0) } ?? 0
        let isForm = Self.formSize(head) != nil
        let field = isForm ? form.split(separator: "&").first { $0.hasPrefix("Action=") } : nil
        let operation = field.map { String($0.dropFirst("Action=".count)) }
        return seen.withLock { seen in
            let earlier = seen.count {
                $0.method == words[0] && $0.target == words[1] && $0.operation == operation
            }
            let exchange = Exchange(
                method: String(words[0]), target: String(words[1]), operation: operation, time: earlier + 1,
                bytes: bytes)
            seen.append(exchange)
            return exchange
        }
    }

    private static func refusal(_ status: Int, _ code: String, _ headers: [(name: String, value: String)]) -> ByteBuffer
    {
        let body = "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>as the test wants</Message></Error>"
        // Services that speak JSON have the code in a header.
        let headers = headers + [("x-amzn-errortype", code)]
        let extra = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        return ByteBuffer(
            string:
                "HTTP/1.1 \(status) Fault\r\nContent-Type: application/xml\r\nContent-Length: \(body.utf8.count)\r\n"
                + "\(extra)Connection: close\r\n\r\n\(body)")
    }
}
