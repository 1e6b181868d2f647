import Failures
import FoundationEssentials
import Glibc
import HostSystem
import Synchronization
import SystemPackage

@testable import AWSClient

/// A folder that is gone after the test.
func withScratchFolder<T>(_ body: (FilePath) async throws -> T) async throws -> T {
    let folder = FilePath("/tmp/kiln-test-\(getpid())-\(UInt64.random(in: 0 ..< .max))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    return try await body(folder)
}

/// A clock that the test moves.
final class ManualClock: Sendable {
    private let time: Mutex<Date>
    private let waits = Mutex<[Duration]>([])

    init(_ start: Date) { time = Mutex(start) }

    var now: Date { time.withLock { $0 } }
    var slept: [Duration] { waits.withLock { $0 } }

    func advance(by seconds: Double) { time.withLock { $0 = $0.addingTimeInterval(seconds) } }

    /// Sleeps in no time, and every random number is a half.
    var retry: RetryClock {
        RetryClock(
            now: { self.now }, sleep: { wait in self.waits.withLock { $0.append(wait) } }, fraction: { 0.5 })
    }
}

/// Answers from a list, and remembers what was asked.
final class ScriptedTransport: HTTPTransport {
    typealias Step = Result<HTTPAnswer, TransportFault>

    private let script: Mutex<[Step]>
    private let requests = Mutex<[HTTPMessage]>([])

    init(_ script: [Step]) { self.script = Mutex(script) }

    var asked: [HTTPMessage] { requests.withLock { $0 } }

    func send(_ message: HTTPMessage, within limit: Duration, sink: BodySink?) async throws(TransportFault)
        -> HTTPAnswer
    {
        requests.withLock { $0.append(message) }
        let step = script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let step else { throw .broken("the script has ended") }
        return try step.get()
    }
}

extension HTTPAnswer {
    static func refusal(
        _ status: Int, _ code: String, _ message: String = "no", headers: [(name: String, value: String)] = []
    ) -> HTTPAnswer {
        HTTPAnswer(
            status: status, headers: headers,
            body: Array("<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(message)</Message></Error>".utf8))
    }

    static let done = HTTPAnswer(status: 200, headers: [("content-length", "3"), ("etag", "\"abc\"")])
}
