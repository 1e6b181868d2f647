/// A JSON value, as requests bring it and answers take it: what the contract's shapes are checked against.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var integer: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    public var flag: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    public var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    public var members: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// A map of strings, such as tags; what is no string in it is left out.
    var texts: [String: String] { (members ?? [:]).compactMapValues(\.text) }

    /// A member of an object; null is as good as none.
    public subscript(_ name: String) -> JSONValue? {
        guard let value = members?[name], value != .null else { return nil }
        return value
    }

    init(texts: [String: String]) { self = .object(texts.mapValues { .string($0) }) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

extension JSONValue {
    /// - Throws: where it is no JSON.
    public init(parsing bytes: [UInt8]) throws { self = try JSONParser.parse(bytes) }
}
