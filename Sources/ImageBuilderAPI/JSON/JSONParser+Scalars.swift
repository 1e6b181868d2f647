extension JSONParser {
    mutating func number() throws(Fault) -> JSONValue {
        let start = index
        var isWhole = true
        if next == UInt8(ascii: "-") { index += 1 }
        let digits = takeDigits()
        guard digits > 0, digits == 1 || bytes[index - digits] != UInt8(ascii: "0") else { throw fault("a value") }
        if next == UInt8(ascii: ".") {
            index += 1
            isWhole = false
            guard takeDigits() > 0 else { throw fault("a digit") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            index += 1
            isWhole = false
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            guard takeDigits() > 0 else { throw fault("a digit") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw fault("a number that can be held") }
        return .number(value)
    }

    private mutating func takeDigits() -> Int {
        let start = index
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        return index - start
    }

    mutating func string() throws(Fault) -> String {
        index += 1
        var text: [UInt8] = []
        while true {
            // In runs: component documents are long.
            let start = index
            while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { index += 1 }
            text += bytes[start..<index]
            guard let byte = next else { throw fault("the end of a text") }
            guard byte >= 0x20 else { throw fault("no control character in a text") }
            index += 1
            if byte == UInt8(ascii: "\\") {
                text += Array(String(try escape()).utf8)
                continue
            }
            guard let valid = String(validating: text, as: UTF8.self) else { throw fault("a text in UTF-8") }
            return valid
        }
    }

    private mutating func escape() throws(Fault) -> Character {
        guard let byte = next else { throw fault("the end of a text") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try unit()
            if let scalar = Unicode.Scalar(first) { return Character(scalar) }
            guard first < 0xDC00, bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
                throw fault("a pair of surrogates")
            }
            index += 2
            let second = try unit()
            guard (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            else { throw fault("a pair of surrogates") }
            return Character(scalar)
        default: throw fault("an escape of JSON")
        }
    }

    private mutating func unit() throws(Fault) -> UInt32 {
        guard index + 4 <= bytes.count,
            let value = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
            bytes[index] != UInt8(ascii: "+")
        else { throw fault("four hexadecimal digits") }
        index += 4
        return value
    }
}
