/// Numbers out of the headers of disk formats; nil where the bytes end before them.
struct Bytes {
    let content: [UInt8]

    func bigEndian<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type = Number.self) -> Number? {
        field(offset, MemoryLayout<Number>.size)?.reduce(0) { $0 << 8 | Number($1) }
    }

    func littleEndian<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type = Number.self) -> Number? {
        field(offset, MemoryLayout<Number>.size)?.reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    func has(_ text: String, at offset: Int = 0) -> Bool {
        field(offset, text.utf8.count).map { $0.elementsEqual(text.utf8) } ?? false
    }

    func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
        field(offset, bytes.count).map { $0.elementsEqual(bytes) } ?? false
    }

    func contains(_ text: String, in range: Range<Int>) -> Bool {
        let wanted = Array(text.utf8)
        guard range.upperBound <= content.count, range.count >= wanted.count else { return false }
        return range.dropLast(wanted.count - 1).contains { has(wanted, at: $0) }
    }

    private func field(_ offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, offset <= content.count - count else { return nil }
        return content[offset..<offset + count]
    }
}
