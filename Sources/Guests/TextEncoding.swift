/// The encodings of text files that the component language knows; without a byte order mark.
public enum TextEncoding: UInt32, Sendable, CaseIterable {
    // The numbers are the runner's.
    case utf8 = 0
    case utf16LittleEndian, utf16BigEndian, utf32LittleEndian, utf32BigEndian

    public func encode(_ text: String) -> [UInt8] {
        switch self {
        case .utf8: Array(text.utf8)
        case .utf16LittleEndian: text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        case .utf16BigEndian: text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        case .utf32LittleEndian: text.unicodeScalars.flatMap { Self.bytes($0.value) }
        case .utf32BigEndian: text.unicodeScalars.flatMap { Self.bytes($0.value).reversed() }
        }
    }

    /// The text, less a byte order mark; nil where the bytes are none in this encoding.
    public func decode(_ bytes: [UInt8]) -> String? {
        let text: String?
        switch self {
        case .utf8: text = String(validating: bytes, as: UTF8.self)
        case .utf16LittleEndian, .utf16BigEndian:
            guard bytes.count % 2 == 0 else { return nil }
            let (low, high) = self == .utf16LittleEndian ? (0, 1) : (1, 0)
            let units = stride(from: 0, to: bytes.count, by: 2).map {
                UInt16(bytes[$0 + low]) | UInt16(bytes[$0 + high]) << 8
            }
            text = String(validating: units, as: UTF16.self)
        case .utf32LittleEndian, .utf32BigEndian:
            guard bytes.count % 4 == 0 else { return nil }
            let units = stride(from: 0, to: bytes.count, by: 4).map { start in
                (0..<4).reduce(UInt32(0)) { value, index in
                    let shift = self == .utf32LittleEndian ? index : 3 - index
                    return value | UInt32(bytes[start + index]) << UInt32(8 * shift)
                }
            }
            text = String(validating: units, as: UTF32.self)
        }
        guard let text else { return nil }
        let scalars = text.unicodeScalars
        return scalars.first == "\u{FEFF}" ? String(scalars.dropFirst()) : text
    }

    private static func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 0xff) } }
}
