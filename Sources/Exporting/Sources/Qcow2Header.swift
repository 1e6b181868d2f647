/// The header of a qcow2 image, of version 2 or 3, as far as reading an image needs it.
///
/// Source: docs/interop/qcow2.rst of QEMU. All numbers are big-endian.
struct Qcow2Header: Equatable, Sendable {
    var version: Int
    /// The cluster size is 1 << `clusterBits`.
    var clusterBits: Int
    var virtualSize: Int
    /// Entries, and where the table begins in the file.
    var l1Entries: Int
    var l1Offset: Int
    /// Where in the file the name of another one stands, from which unallocated clusters are read.
    var backingName: Range<Int>?

    var clusterSize: Int { 1 << clusterBits }
    /// Clusters that one level 2 table, a cluster itself, tells of.
    var l2Entries: Int { clusterSize / 8 }

    /// Why an image is not read here.
    enum Refusal: Error, Equatable {
        /// It may be good, and needs more than this reader knows.
        case unsupported(String)
        /// Nobody should read it.
        case damaged(String)
    }

    static let magic: UInt32 = 0x5146_49fb
    /// Of version 3, without optional fields.
    static let length = 104
    /// QEMU's own limit of the level 1 table, in bytes.
    private static let largestL1 = 32 << 20

    /// - Parameter bytes: the first 112 bytes of the file, or what there is of them.
    init(parsing bytes: [UInt8]) throws(Refusal) {
        func number(_ offset: Int, _ length: Int) -> UInt64 {
            bytes[offset..<offset + length].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard bytes.count >= 72, number(0, 4) == UInt64(Self.magic) else { throw .unsupported("it is no qcow2 image") }
        version = Int(number(4, 4))
        guard version == 2 || version == 3 else { throw .unsupported("it has version \(version)") }
        let (nameOffset, nameLength) = (number(8, 8), number(16, 4))
        if nameOffset > 0 {
            // QEMU's own limit of a name; the header's cluster has it.
            guard nameOffset < 1 << 21, (1...1023).contains(nameLength) else {
                throw .damaged("the name of its backing file has \(nameLength) bytes at \(nameOffset)")
            }
            backingName = Int(nameOffset)..<Int(nameOffset + nameLength)
        }
        guard number(32, 4) == 0 else { throw .unsupported("it is encrypted") }
        if version == 3 {
            guard bytes.count >= Self.length else { throw .damaged("its header is cut off") }
            try Self.checkFeatures(number(72, 8))
            let length = Int(number(100, 4))
            guard length >= Self.length, length.isMultiple(of: 8) else {
                throw .damaged("its header claims \(length) bytes")
            }
            if length > Self.length, bytes.count > Self.length, bytes[Self.length] != 0 {
                throw .damaged("it names a compression and does not set the bit for it")
            }
        }
        let bits = number(20, 4)
        guard (9...21).contains(bits) else { throw .damaged("its clusters have 2^\(bits) bytes") }
        clusterBits = Int(bits)
        let (size, l1Count, l1Start) = (number(24, 8), number(36, 4), number(40, 8))
        guard size <= 1 << 56, size.isMultiple(of: 512) else { throw .damaged("its disk has \(size) bytes") }
        virtualSize = Int(size)
        l1Entries = Int(l1Count)
        let perTable = (1 << clusterBits) * ((1 << clusterBits) / 8)
        guard l1Entries * 8 <= Self.largestL1, l1Entries >= (virtualSize + perTable - 1) / perTable else {
            throw .damaged("its level 1 table has \(l1Count) entries for a disk of \(size) bytes")
        }
        guard l1Start < 1 << 56, l1Start % (1 << bits) == 0, l1Start > 0 || l1Count == 0 else {
            throw .damaged("its level 1 table is at \(l1Start)")
        }
        l1Offset = Int(l1Start)
    }

    private static func checkFeatures(_ incompatible: UInt64) throws(Refusal) {
        let names = [
            (0, "it was not closed properly"), (1, "it is marked as corrupt"), (2, "its data are in another file"),
            (3, "its clusters are compressed in another way than deflate"), (4, "it has extended L2 entries"),
        ]
        for (bit, name) in names where incompatible >> UInt64(bit) & 1 == 1 { throw .unsupported(name) }
        guard incompatible == 0 else { throw .unsupported("it needs features that came after this program") }
    }
}
