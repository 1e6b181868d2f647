/// Fields as OpenSSH has them one after the other: numbers of four bytes, and strings with such a number before them.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// - Returns: nil where there are fewer.
    mutating func take(_ count: Int) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func number() -> UInt32? { take(4).map { $0.reduce(0) { $0 << 8 | UInt32($1) } } }

    mutating func string() -> [UInt8]? {
        guard let count = number() else { return nil }
        return take(Int(count))
    }

    mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }
}

enum Wire {
    static func number(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    static func string(_ bytes: some Collection<UInt8>) -> [UInt8] { number(UInt32(bytes.count)) + bytes }

    static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }
}
