import Store

/// A request as it came over the wire, before anything in it is believed.
public struct APIRequest: Sendable {
    public var method: String
    /// Percent-encoded, as sent.
    public var path: String
    /// Percent-encoded, as sent, without the question mark.
    public var query: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first value of a header.
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    /// The query's items, decoded; nil where it is not encoded as it should be.
    var queryItems: [(name: String, value: String)]? {
        var items: [(name: String, value: String)] = []
        for part in query.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(halves[0]), let value = Self.decoded(halves.count > 1 ? halves[1] : "") else {
                return nil
            }
            items.append((name, value))
        }
        return items
    }

    /// "%3A" to ":"; nil for what is no percent-encoding of UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        func digit(_ byte: UInt8?) -> UInt8? {
            byte.flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map(UInt8.init)
        }
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = digit(rest.next()), let low = digit(rest.next()) else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// What goes back.
public struct APIAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Secrets of stored documents are not shown, as CloudFormation does not.
    init(json: JSONValue, requestID: String) {
        self.init(
            status: 200, headers: [("content-type", "application/json"), ("x-amzn-requestid", requestID)],
            body: SecretMark.masked(json.bytes))
    }

    /// As the protocol rest-json has errors: the name in a header, the message in the body.
    init(_ error: APIError, requestID: String) {
        self.init(
            status: error.status,
            headers: [
                ("content-type", "application/json"), ("x-amzn-errortype", error.name), ("x-amzn-requestid", requestID),
            ], body: SecretMark.masked(JSONValue.object(["message": .string(error.message)]).bytes))
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
