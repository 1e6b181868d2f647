import Documents
import Failures
import Guests

extension ActionInputs {
    /// The file's encoding. Without LE or BE it is little-endian.
    var encoding: TextEncoding {
        switch text("encoding").lowercased().filter({ $0 != "-" }) {
        case "utf16", "utf16le": .utf16LittleEndian
        case "utf16be": .utf16BigEndian
        case "utf32", "utf32le": .utf32LittleEndian
        case "utf32be": .utf32BigEndian
        default: .utf8  // The schema knows all names there are.
        }
    }

    /// "0755" or "755".
    func permissions() throws(ActionFailure) -> UInt32? {
        guard let text = string("permissions") else { return nil }
        guard (1...5).contains(text.utf8.count), let mode = UInt32(text, radix: 8), mode <= 0o7777,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) })
        else {
            throw wrong("permissions", "is \"\(text)\", expected an octal number such as \"0644\"")
        }
        return mode
    }
}
