import Foundation
import HostSystem

/// How the results are written as JSON: times as ISO 8601 in UTC, to the second; `"key": value`, as the runner has it and
/// scripts look for it, where Foundation has a blank before the colon.
enum ResultJSON {
    static func encode(_ value: some Encodable) throws -> Data {
        closingUp(try JSONRecord.encoder.encode(value))
    }

    /// Takes the blank before each colon away, but not inside of texts.
    static func closingUp(_ json: Data) -> Data {
        var result = Data(capacity: json.count)
        var (inText, isEscaped) = (false, false)
        let (blank, colon, quote) = (UInt8(ascii: " "), UInt8(ascii: ":"), UInt8(ascii: "\""))
        for byte in json {
            if inText {
                inText = isEscaped || byte != quote
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else if byte == quote {
                inText = true
            } else if byte == colon, result.last == blank {
                result.removeLast()
            }
            result.append(byte)
        }
        return result
    }
}
