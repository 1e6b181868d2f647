import HostSystem

/// RFC 3986 percent-encoding as AWS signs it: everything but A-Z a-z 0-9 - . _ ~, byte by byte, in upper-case hexadecimal.
enum PercentEncoding {
    static func component(_ text: String) -> String { encode(text, keepingSlashes: false) }

    /// Leaves "/" as it is.
    static func path(_ text: String) -> String { encode(text, keepingSlashes: true) }

    /// "a=1&b=2", in the order given.
    static func query(_ items: [(name: String, value: String)]) -> String {
        items.map { "\(component($0.name))=\(component($0.value))" }.joined(separator: "&")
    }

    private static func encode(_ text: String, keepingSlashes: Bool) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "/") where keepingSlashes:
                encoded += "/"
            default:
                encoded += "%"
                encoded += CollectionOfOne(byte).hexadecimal.uppercased()
            }
        }
        return encoded
    }
}
