import NIOCore
import NIOHTTP1

/// Gathers a request, has it answered, and sends the answer.
final class WholeRequests: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let gate: ImportGate
    private var request: WholeRequest?

    init(_ gate: ImportGate) { self.gate = gate }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = WholeRequest(head: head)
        case .body(var piece): request?.body.writeBuffer(&piece)
        case .end:
            guard let whole = request else { return }
            request = nil
            let (channel, gate) = (context.channel, gate)
            Task {
                let answer = await gate.answer(whole)
                var head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
                head.headers.replaceOrAdd(name: "content-length", value: "\(answer.body.readableBytes)")
                channel.write(HTTPServerResponsePart.head(head), promise: nil)
                channel.write(HTTPServerResponsePart.body(.byteBuffer(answer.body)), promise: nil)
                channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
            }
        }
    }
}
