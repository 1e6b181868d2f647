/// Reads RFC 8259, strictly, with a bound on depth: what comes over the network is not to be trusted.
struct JSONParser {
    let bytes: [UInt8]
    var index = 0
    private var depth = 0

    /// No request of the contract is deeper than a dozen.
    static let depthLimit = 64

    struct Fault: Error {
        /// What was expected.
        let message: String
        let offset: Int
    }

    static func parse(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.index == bytes.count else { throw parser.fault("the end of the document") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    func fault(_ message: String) -> Fault { Fault(message: message, offset: index) }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func take(_ byte: Character, _ expected: String) throws(Fault) {
        guard next == byte.asciiValue else { throw fault(expected) }
        index += 1
    }

    private mutating func value() throws(Fault) -> JSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(Fault) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(Fault) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(_ body: (inout JSONParser) throws(Fault) -> JSONValue) throws(Fault) -> JSONValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw fault("no more than \(Self.depthLimit) levels") }
        return try body(&self)
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(Fault) -> JSONValue {
        let expected = text.withUTF8Buffer { Array($0) }
        guard bytes[index...].starts(with: expected) else { throw fault("a value") }
        index += expected.count
        return value
    }

    private mutating func object() throws(Fault) -> JSONValue {
        index += 1
        var members: [String: JSONValue] = [:]
        skipBlanks()
        if next == UInt8(ascii: "}") {
            index += 1
            return .object(members)
        }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw fault("a member's name in quotes") }
            let name = try string()
            skipBlanks()
            try take(":", "a colon")
            members[name] = try value()
            skipBlanks()
            if next == UInt8(ascii: "}") { break }
            try take(",", "a comma or }")
        }
        index += 1
        return .object(members)
    }

    private mutating func array() throws(Fault) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipBlanks()
        if next == UInt8(ascii: "]") {
            index += 1
            return .array(elements)
        }
        while true {
            elements.append(try value())
            skipBlanks()
            if next == UInt8(ascii: "]") { break }
            try take(",", "a comma or ]")
        }
        index += 1
        return .array(elements)
    }
}
