import Failures
import NIOCore

/// A request as it goes over the wire, signed.
struct HTTPMessage: Sendable {
    var method: String
    var url: String
    var headers: [(name: String, value: String)]
    var body: Body

    enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Sent without being copied.
        case buffer(ByteBuffer)
        /// Read from the file as it is sent, so that a large part never stands in memory.
        case file(FileRange)

        var count: Int {
            switch self {
            case .none: 0
            case .bytes(let bytes): bytes.count
            case .buffer(let buffer): buffer.readableBytes
            case .file(let range): range.count
            }
        }
    }
}

/// What came back.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    /// Empty where the body went to a sink.
    var body: [UInt8] = []

    subscript(header name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}

/// Takes the body of a successful answer, piece by piece.
typealias BodySink = @Sendable (_ piece: ByteBuffer) async throws(AWSFailure) -> Void

/// Sends one request once. Behind a protocol so that retries, skew and errors are tested without a network.
protocol HTTPTransport: Sendable {
    /// - Parameters:
    ///   - limit: from the first byte sent to the last received; with a sink, to the head of the answer.
    ///   - sink: gets the body where the status is 2xx.
    func send(_ message: HTTPMessage, within limit: Duration, sink: BodySink?) async throws(TransportFault)
        -> HTTPAnswer

    /// Closes its connections.
    func shutDown() async
}

extension HTTPTransport {
    func shutDown() async {}
}

/// Why there is no answer.
enum TransportFault: Error {
    /// No connection came about.
    case unreachable(String)
    /// The connection ended, or went silent, before the answer was complete.
    case broken(String)
    case cancelled
    /// On our side: the file being sent cannot be read, the place it goes to cannot be written.
    case local(AWSFailure)
}
