/// What stands before a file in a POSIX tar archive (pax): one form for each name and size, so that a reader which knows both
/// compares every byte.
enum TarHeader {
    static let block = 512
    /// Two blocks of zeros.
    static let end = 2 * block
    /// Eleven octal digits.
    private static let largest: Int64 = 1 << 33 - 1

    /// A header, with one of extended records before it where the name or the size has no room in it.
    static func encode(_ path: String, size: Int64) -> [UInt8] {
        var records: [UInt8] = []
        let isPlain = path.utf8.count <= 100 && path.utf8.allSatisfy { $0 < 128 }
        if !isPlain { records += record("path", path) }
        if size > largest { records += record("size", "\(size)") }
        let header = block(isPlain ? path : "long-name", size: size > largest ? 0 : size, type: "0")
        guard !records.isEmpty else { return header }
        let padding = [UInt8](repeating: 0, count: Self.padding(of: Int64(records.count)))
        return block("pax-header", size: Int64(records.count), type: "x") + records + padding + header
    }

    /// Zeros after a file, to the next block.
    static func padding(of size: Int64) -> Int { Int(-size & Int64(block - 1)) }

    /// The size in a header, for the files that no index tells of.
    static func size(of header: [UInt8]) -> Int64? {
        Int64(String(decoding: header[124..<135], as: UTF8.self), radix: 8)
    }

    /// "27 path=…\n": the length counts itself.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while "\(length)".utf8.count + rest.utf8.count != length { length = "\(length)".utf8.count + rest.utf8.count }
        return Array("\(length)\(rest)".utf8)
    }

    private static func block(_ name: String, size: Int64, type: Character) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int) {
            block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(name, at: 0)
        put("0000644", at: 100)  // mode
        put("0000000", at: 108)  // user
        put("0000000", at: 116)  // group
        put(octal(size, 11), at: 124)
        put("00000000000", at: 136)  // time: the same content is to be the same archive
        put("        ", at: 148)  // the sum, while it is made
        put(String(type), at: 156)
        put("ustar\u{0}00", at: 257)
        put("0000000", at: 329)  // device
        put("0000000", at: 337)
        put("\(octal(block.reduce(0) { $0 + Int64($1) }, 6))\u{0} ", at: 148)
        return block
    }

    private static func octal(_ number: Int64, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
