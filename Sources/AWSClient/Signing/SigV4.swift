import Crypto
import FoundationEssentials
import HostSystem

/// AWS Signature Version 4: pure functions from a request to the headers, or the query, that prove who sends it.
///
/// Source: "AWS Signature Version 4 for API requests" (IAM user guide) and its S3 chapter. S3 differs from every other
/// service in two points: the path is encoded once and taken as it is, and the payload's hash travels as a header.
struct SigV4: Sendable {
    let service: String
    let region: String
    let rules: Rules

    struct Rules: Sendable {
        /// The path as sent is encoded once more for the signature.
        var encodesPathTwice: Bool
        /// "//", "/./" and "/../" are taken out of the path for the signature.
        var normalizesPath: Bool
        /// x-amz-content-sha256 is sent and signed.
        var sendsPayloadHash: Bool

        static let s3 = Rules(encodesPathTwice: false, normalizesPath: false, sendsPayloadHash: true)
        static let others = Rules(encodesPathTwice: true, normalizesPath: true, sendsPayloadHash: false)
    }

    /// What is signed. The path is encoded once, as it is sent; query names and values are plain text.
    struct Request: Sendable {
        var method: String
        var host: String
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
    }

    /// Of a body that is not covered by the signature; over TLS, with a checksum header that is covered.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"
    static let emptyPayloadHash = hexDigest(of: [])

    static func hexDigest(of bytes: some Collection<UInt8>) -> String {
        SHA256.hash(data: Data(bytes)).hexadecimal
    }

    /// The headers to add to `request`: x-amz-date, authorization, and where they apply x-amz-security-token and
    /// x-amz-content-sha256.
    func headers(
        for request: Request, payloadHash: String, credentials: AWSCredentials, at date: Date
    ) -> [(name: String, value: String)] {
        var added: [(name: String, value: String)] = [("x-amz-date", UTC.basic(date))]
        if let token = credentials.sessionToken { added.append(("x-amz-security-token", token.reveal())) }
        if rules.sendsPayloadHash { added.append(("x-amz-content-sha256", payloadHash)) }
        var signed = request
        signed.headers.append(("host", request.host))
        signed.headers += added
        let (canonical, names) = canonicalRequest(signed, payloadHash: payloadHash)
        let signature = signature(of: canonical, credentials: credentials, at: date)
        added.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(date)), "
                    + "SignedHeaders=\(names), Signature=\(signature)"
            ))
        return added
    }

    /// The query of a URL that anybody who has it may use, for `lifetime` seconds.
    func presignedQuery(
        for request: Request, lifetime: Int, credentials: AWSCredentials, at date: Date
    ) -> String {
        var signed = request
        signed.headers.append(("host", request.host))
        let names = Self.canonicalHeaders(signed.headers).names
        signed.query += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(date))"),
            ("X-Amz-Date", UTC.basic(date)),
            ("X-Amz-Expires", "\(lifetime)"),
            ("X-Amz-SignedHeaders", names),
        ]
        if let token = credentials.sessionToken { signed.query.append(("X-Amz-Security-Token", token.reveal())) }
        let hash = rules.sendsPayloadHash ? Self.unsignedPayload : Self.emptyPayloadHash
        let canonical = canonicalRequest(signed, payloadHash: hash).text
        let signature = signature(of: canonical, credentials: credentials, at: date)
        return PercentEncoding.query(signed.query) + "&X-Amz-Signature=\(signature)"
    }
}
