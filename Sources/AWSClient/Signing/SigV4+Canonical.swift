import Crypto
import FoundationEssentials
import HostSystem

extension SigV4 {
    /// The request in the one spelling that both sides hash, and the list of the headers in it.
    func canonicalRequest(_ request: Request, payloadHash: String) -> (text: String, signedHeaders: String) {
        let headers = Self.canonicalHeaders(request.headers)
        let text = [
            request.method, canonicalPath(request.path), Self.canonicalQuery(request.query), headers.block,
            headers.names, payloadHash,
        ].joined(separator: "\n")
        return (text, headers.names)
    }

    func stringToSign(_ canonicalRequest: String, at date: Date) -> String {
        ["AWS4-HMAC-SHA256", UTC.basic(date), scope(date), Self.hexDigest(of: canonicalRequest.utf8)]
            .joined(separator: "\n")
    }

    func scope(_ date: Date) -> String {
        "\(UTC.basic(date).prefix(8))/\(region)/\(service)/aws4_request"
    }

    func signature(of canonicalRequest: String, credentials: AWSCredentials, at date: Date) -> String {
        func hmac(_ key: some ContiguousBytes, _ text: String) -> HMAC<SHA256>.MAC {
            HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key))
        }
        let day = hmac(Data("AWS4\(credentials.secretAccessKey.reveal())".utf8), String(UTC.basic(date).prefix(8)))
        let key = hmac(hmac(hmac(day, region), service), "aws4_request")
        return hmac(key, stringToSign(canonicalRequest, at: date)).hexadecimal
    }

    func canonicalPath(_ path: String) -> String {
        let normal = rules.normalizesPath ? Self.normalized(path) : path
        return rules.encodesPathTwice ? PercentEncoding.path(normal) : normal
    }

    /// Sorted by encoded name, then encoded value.
    static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        let encoded = query.map { (PercentEncoding.component($0.name), PercentEncoding.component($0.value)) }
        return encoded.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Lower-cased, sorted by name, values of one name joined by commas, runs of blanks as one.
    static func canonicalHeaders(_ headers: [(name: String, value: String)]) -> (block: String, names: String) {
        var values: [String: [String]] = [:]
        for (name, value) in headers {
            let words = value.split(whereSeparator: \.isWhitespace)
            values[name.lowercased(), default: []].append(words.joined(separator: " "))
        }
        let names = values.keys.sorted()
        let block = names.map { "\($0):\((values[$0] ?? []).joined(separator: ","))\n" }.joined()
        return (block, names.joined(separator: ";"))
    }

    private static func normalized(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let trailing = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
        return segments.isEmpty ? "/" : "/" + segments.joined(separator: "/") + (trailing ? "/" : "")
    }
}
