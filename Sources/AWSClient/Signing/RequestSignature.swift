import Crypto
public import FoundationEssentials
import HostSystem

/// The other side of Signature Version 4: what a server reads from a request that somebody has signed, and whether it holds.
public struct RequestSignature: Sendable, Equatable {
    public let accessKeyID: String
    /// Of the scope, "20130524".
    public let day: String
    public let region: String
    public let service: String
    /// In lower case.
    public let signedHeaders: [String]
    public let signature: String

    /// Reads an Authorization header; nil for what is none of this scheme, or not whole.
    public init?(authorization: String) {
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0] == "AWS4-HMAC-SHA256" else { return nil }
        var fields: [String: String] = [:]
        for part in words[1].split(separator: ",") {
            let halves = part.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            fields[halves[0].trimmed] = halves[1].trimmed
        }
        guard let names = fields["SignedHeaders"], let signature = fields["Signature"],
            let scope = fields["Credential"]?.split(separator: "/").map(String.init), scope.count == 5,
            scope[4] == "aws4_request"
        else { return nil }
        (accessKeyID, day, region, service) = (scope[0], scope[1], scope[2], scope[3])
        signedHeaders = names.split(separator: ";").map { $0.lowercased() }
        self.signature = signature
    }

    /// What is compared with what was signed.
    public struct Request: Sendable {
        public var method: String
        /// As it was sent, percent-encoded.
        public var path: String
        /// Decoded.
        public var query: [(name: String, value: String)]
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]

        public init(
            method: String, path: String, query: [(name: String, value: String)],
            headers: [(name: String, value: String)], body: [UInt8]
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.body = body
        }
    }

    /// Whether this secret has signed this request at that time. Takes as long for a wrong signature as for a right one.
    public func holds(for request: Request, secret: Secret, at date: Date) -> Bool {
        let signer = SigV4(service: service, region: region, rules: .others)
        let signed = SigV4.Request(
            method: request.method, host: "", path: request.path, query: request.query,
            headers: request.headers.filter { signedHeaders.contains($0.name.lowercased()) })
        let canonical = signer.canonicalRequest(signed, payloadHash: SigV4.hexDigest(of: request.body))
        let credentials = AWSCredentials(accessKeyID: accessKeyID, secretAccessKey: secret, source: "a key of the API")
        let expected = Array(signer.signature(of: canonical.text, credentials: credentials, at: date).utf8)
        let given = Array(signature.utf8)
        guard canonical.signedHeaders == signedHeaders.joined(separator: ";"), given.count == expected.count else {
            return false
        }
        return zip(expected, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Reads x-amz-date, "20130524T000000Z".
    public static func date(_ text: String) -> Date? {
        guard text.utf8.count == 16, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let letters = Array(text)
        func part(_ range: Range<Int>) -> String { String(letters[range]) }
        return UTC.parseExtended(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }.prefix { $0 != " " }) }
}
