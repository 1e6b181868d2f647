import AsyncHTTPClient
import Components
import Failures
import Foundation
import NIOCore
import NIOHTTP1

extension WebOrigin {
    /// A server that has not answered by then is one to fetch from, if need be.
    private static let tagLimit = TimeAmount.seconds(20)

    /// What a server says of a file without sending it: its entity tag, else the time of its last change and its length.
    ///
    /// - Returns: nil where it says neither, and for a URL with a query: nobody else may keep what is in there.
    /// - Throws: `notFound`, `unreachable`.
    func tag(of url: String, ignoringCertificateErrors: Bool) async throws(OriginFailure) -> String? {
        guard let parts = URLComponents(string: url), parts.query == nil, parts.user == nil else { return nil }
        return try await asking(url, ignoringCertificateErrors) { client throws(OriginFailure) in
            let shown = ShownURL.text(url)
            let answer: HTTPClientResponse
            do {
                var request = HTTPClientRequest(url: url)
                request.method = .HEAD
                request.headers.add(name: "accept-encoding", value: "identity")
                request.headers.add(name: "user-agent", value: "kiln")
                answer = try await client.execute(request, timeout: Self.tagLimit)
            } catch {
                guard !Task.isCancelled else { throw OriginFailure(.cancelled, "\(shown): cancelled") }
                throw OriginFailure(.unreachable, "cannot reach \(shown): \(Self.reason(error))", cause: error)
            }
            switch answer.status.code {
            case 200: return Self.tag(answer.headers)
            case 404, 410: throw OriginFailure(.notFound, "\(shown) answered with status \(answer.status.code)")
            default: return nil
            }
        }
    }

    private static func tag(_ headers: HTTPHeaders) -> String? {
        if let tag = headers.first(name: "etag") { return "etag \(tag)" }
        guard let date = headers.first(name: "last-modified") else { return nil }
        return "changed \(date), \(headers.first(name: "content-length") ?? "?") bytes"
    }
}
