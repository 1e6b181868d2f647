import AWSClient
import AsyncHTTPClient
import Components
import Failures
import Foundation
import HostSystem
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemPackage

/// Web servers, over HTTP and HTTPS. Redirects are followed; every answer but 200 is an error.
struct WebOrigin: Sendable {
    /// PEM, instead of the system's.
    let certificates: FilePath?
    let retry: RetryPolicy
    let isOffline: Bool
    /// A guard against a server that never ends, not against large files.
    var sizeLimit = 64 << 30

    private static let connectLimit = TimeAmount.seconds(10)
    /// A server that sends nothing for this long has gone.
    private static let silenceLimit = TimeAmount.seconds(90)
    private static let redirects = 10

    func fetch(_ url: String, to file: FilePath, ignoringCertificateErrors: Bool) async throws(OriginFailure) {
        try await asking(url, ignoringCertificateErrors) { client throws(OriginFailure) in
            try await attempts(url, file, client)
        }
    }

    func asking<Value>(
        _ url: String, _ ignoringCertificateErrors: Bool,
        _ body: (HTTPClient) async throws(OriginFailure) -> Value
    ) async throws(OriginFailure) -> Value {
        guard !isOffline else {
            throw OriginFailure(
                .unreachable,
                "\(ShownURL.text(url)) cannot be reached: this run is offline and no folder stands for it",
                hint: "name a folder of the host for the server")
        }
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration(ignoringCertificateErrors))
        let value: Value
        do throws(OriginFailure) {
            value = try await body(client)
        } catch {
            try? await client.shutdown()
            throw error
        }
        // Fails only where it was shut down before.
        try? await client.shutdown()
        return value
    }

    private func configuration(_ ignoringCertificateErrors: Bool) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: Self.connectLimit, read: Self.silenceLimit)
        configuration.redirectConfiguration = .follow(max: Self.redirects, allowCycles: false)
        configuration.connectionPool.retryConnectionEstablishment = false
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificates { tls.trustRoots = .file(certificates.string) }
        if ignoringCertificateErrors { tls.certificateVerification = .none }
        configuration.tlsConfiguration = tls
        return configuration
    }

    private func attempts(_ url: String, _ file: FilePath, _ client: HTTPClient) async throws(OriginFailure) {
        var attempt = 0
        while true {
            attempt += 1
            let failure: OriginFailure
            do throws(WebFault) {
                return try await download(url, file, client)
            } catch {
                failure = error.failure
                guard error.mayPass, attempt < retry.attempts, !Task.isCancelled else {
                    throw Task.isCancelled ? OriginFailure(.cancelled, "\(ShownURL.text(url)): cancelled") : failure
                }
            }
            let wait = min(retry.longest, retry.base * (1 << min(attempt - 1, 20)))
            guard (try? await Task.sleep(for: wait)) != nil else {
                throw OriginFailure(.cancelled, "\(ShownURL.text(url)): cancelled", cause: failure)
            }
        }
    }

    private func download(_ url: String, _ file: FilePath, _ client: HTTPClient) async throws(WebFault) {
        let shown = ShownURL.text(url)
        do {
            var request = HTTPClientRequest(url: url)
            // As it is stored: what a compressed transfer would give is not what the checksum is of.
            request.headers.add(name: "accept-encoding", value: "identity")
            request.headers.add(name: "user-agent", value: "kiln")
            let response = try await client.execute(request, deadline: .distantFuture)
            guard response.status.code == 200 else {
                let code = response.status.code
                throw WebFault(
                    OriginFailure(
                        code == 404 || code == 410 ? .notFound : code == 401 || code == 403 ? .denied : .refused,
                        "\(shown) answered with status \(code) \(response.status.reasonPhrase), expected 200"),
                    mayPass: code >= 500 || code == 408 || code == 429)
            }
            let output = try WebFile(file)
            for try await piece in response.body { try output.append(piece, limit: sizeLimit, of: shown) }
            output.keep()
        } catch let fault as WebFault {
            throw fault
        } catch {
            let hint = "\(error)".contains("CERTIFICATE_VERIFY_FAILED")
            throw WebFault(
                OriginFailure(
                    .unreachable, "cannot fetch \(shown): \(Self.reason(error))",
                    hint: hint
                        ? "trust the server's certificate by AWS_CA_BUNDLE, or set ignoreCertificateErrors" : nil,
                    cause: error), mayPass: !hint && !Self.isFinal(error))
        }
    }

    private static func isFinal(_ error: any Error) -> Bool {
        guard let error = error as? HTTPClientError else { return false }
        return [.redirectLimitReached, .redirectCycleDetected, .emptyHost, .invalidURL].contains(error)
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { "\($0.error)" } ?? "the name \(error.host) is not known"
        case let error as HTTPClientError: error.description
        case let error as NIOSSLExtraError: "TLS: \(error.description)"
        case let error as NIOSSLError: "TLS: \(error)"
        default: "\(error)"
        }
    }
}

/// A failure, and whether another attempt may mend it.
struct WebFault: Error {
    let failure: OriginFailure
    let mayPass: Bool

    init(_ failure: OriginFailure, mayPass: Bool) {
        self.failure = failure
        self.mayPass = mayPass
    }
}
