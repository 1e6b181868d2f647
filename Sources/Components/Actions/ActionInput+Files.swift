import Failures
import Guests

extension ActionInput {
    /// The file's encoding, UTF-8 where none is given. Without LE or BE it is little-endian.
    func encoding() throws(ActionFailure) -> TextEncoding {
        guard let text = try optionalString("encoding") else { return .utf8 }
        switch text.lowercased().filter({ $0 != "-" }) {
        case "utf8": return .utf8
        case "utf16", "utf16le": return .utf16LittleEndian
        case "utf16be": return .utf16BigEndian
        case "utf32", "utf32le": return .utf32LittleEndian
        case "utf32be": return .utf32BigEndian
        default:
            throw wrong(
                "encoding",
                "is \"\(text)\", expected utf-8, utf-16, utf-16-LE, utf-16-BE, utf-32, utf-32-LE or utf-32-BE")
        }
    }

    /// "0755" or "755".
    func permissions() throws(ActionFailure) -> UInt32? {
        guard let text = try optionalString("permissions") else { return nil }
        guard (1...5).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode <= 0o7777,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) })
        else {
            throw wrong("permissions", "is \"\(text)\", expected an octal number such as \"0644\"")
        }
        return mode
    }
}
