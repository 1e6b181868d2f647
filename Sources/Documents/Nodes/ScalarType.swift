/// The type of a plain (unquoted) scalar: YAML 1.1 as CloudFormation and Go's YAML read it.
///
/// Sexagesimal numbers (`22:30`) and timestamps (`2010-09-09`) stay text; the text as written is always kept beside
/// the value, so that `yes` or `012345670123` can still be read as a string.
enum ScalarType {
    static func value(ofPlain text: String) -> DocumentNode.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, first == 0x2B || first == 0x2D || first == 0x2E || isDigit(first) else {
            return .string(text)
        }
        if let int = int(text) { return .int(int) }
        if let double = double(text) { return .double(double) }
        return .string(text)
    }

    static func int(_ text: String) -> Int? {
        let negative = text.hasPrefix("-")
        let unsigned = negative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let digits = unsigned.replacing("_", with: "")
        guard let first = digits.utf8.first, isDigit(first) else { return nil }
        let (body, radix): (Substring, Int) =
            if digits.hasPrefix("0x") {
                (digits.dropFirst(2), 16)
            } else if digits.hasPrefix("0b") {
                (digits.dropFirst(2), 2)
            } else if digits.hasPrefix("0o") {
                (digits.dropFirst(2), 8)
            } else if digits.count > 1, digits.hasPrefix("0") {
                (digits.dropFirst(1), 8)
            } else {
                (digits[...], 10)
            }
        guard body.utf8.first.map({ $0 != 0x2B && $0 != 0x2D }) ?? false else { return nil }
        return Int((negative ? "-" : "") + body, radix: radix)
    }

    static func double(_ text: String) -> Double? {
        switch text.lowercased() {
        case ".inf", "+.inf": return .infinity
        case "-.inf": return -.infinity
        case ".nan": return .nan
        default: break
        }
        // Only digits, one point and an exponent: Swift alone would take `0x1p3` and `nan` too.
        let allowed = text.utf8.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
        guard allowed, text.utf8.contains(where: isDigit) else { return nil }
        // `089` is neither octal nor a number of the language.
        if text.hasPrefix("0"), text.count > 1, text.utf8.allSatisfy(isDigit) { return nil }
        return Double(text.hasSuffix(".") ? text + "0" : text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
