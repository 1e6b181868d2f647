import AsyncHTTPClient
import Failures
import Foundation
import ImageBuilderAPI
import NIOCore
import NIOHTTP1
import Store

/// Events by POST, each a request of its own. What is not taken after a few tries is left out, and told.
struct EventWebhook: EventSink {
    let url: String
    let log: @Sendable (String) -> Void
    /// Between two tries.
    var pauses: [Duration] = [.seconds(1), .seconds(4), .seconds(15)]
    var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    private static let limit = TimeAmount.seconds(10)

    /// As long as the process lives; the shared one goes on knocking where nobody listens until the time is over.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Returns: nil for what is no http:// or https:// URL with a host.
    init?(_ url: String, log: @escaping @Sendable (String) -> Void) {
        guard let parts = URL(string: url), ["http", "https"].contains(parts.scheme?.lowercased() ?? ""),
            let host = parts.host(), !host.isEmpty
        else { return nil }
        self.url = url
        self.log = log
    }

    /// Without what may be a secret in it.
    private var shown: String { URL(string: url)?.host() ?? "the webhook" }

    func take(_ event: StoreEvent, _ store: KilnStore) async throws {
        guard let content = try await BridgeEvent.of(event, store) else { return }
        var reason = ""
        let waits: [Duration] = [.zero] + pauses
        for wait in waits {
            if wait > .zero { try await pause(wait) }
            do {
                let status = try await send(content.bytes)
                if (200..<300).contains(status) { return }
                reason = "HTTP \(status)"
                // A request that is wrong is so the second time, too.
                if (400..<500).contains(status), ![408, 425, 429].contains(status) { break }
            } catch let error as HTTPClientError {
                reason = "\(error)"
            } catch {
                try Task.checkCancellation()
                reason = "\(type(of: error))"
            }
        }
        log("event \(event.sequence) was not taken by \(shown): \(reason)")
    }

    private func send(_ body: [UInt8]) async throws -> Int {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "kiln/\(KilnVersion.current)")
        if let parts = URL(string: url), let user = parts.user(percentEncoded: false) {
            request.setBasicAuth(username: user, password: parts.password(percentEncoded: false) ?? "")
        }
        request.body = .bytes(body)
        let answer = try await Self.client.execute(request, timeout: Self.limit)
        // What it says is of no interest; the connection is given back when it is read.
        _ = try? await answer.body.collect(upTo: 1 << 16)
        return Int(answer.status.code)
    }
}
