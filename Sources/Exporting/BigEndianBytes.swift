/// Numbers put one after the other, as VHD and qcow2 have them.
struct BigEndianBytes {
    var content: [UInt8] = []

    mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { content += $0 }
    }

    func padded(to length: Int, with byte: UInt8 = 0) -> [UInt8] {
        content + [UInt8](repeating: byte, count: max(0, length - content.count))
    }
}
