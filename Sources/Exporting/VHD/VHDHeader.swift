/// The footer of a VHD, which a dynamic one has at its beginning too, and the dynamic disk header behind that.
///
/// Source: "Virtual Hard Disk Image Format Specification" 1.0 (Microsoft, 2006). All numbers are big-endian; places are in
/// bytes, those in the block allocation table in sectors of 512 bytes.
struct VHDHeader: Sendable {
    static let sector = 512
    /// Bytes of a block: the unit that is left out. The specification's default, which all readers know.
    static let block = 2 << 20
    /// Of the bitmap before each block: a bit a sector.
    static let bitmap = block / sector / 8
    static let dynamicHeader = 1024
    /// Where the block allocation table is.
    static let table = sector + dynamicHeader
    static let unused = UInt32.max
    /// Hyper-V and QEMU take no larger one.
    static let largest = 2040 << 30

    enum Kind: UInt32 {
        case fixed = 2
        case dynamic = 3
    }

    let kind: Kind
    /// Bytes: the disk's, in whole sectors.
    let size: Int
    /// 16 bytes that tell the disk from others.
    let id: [UInt8]

    init(_ kind: Kind, virtualSize: Int, fingerprint: [UInt8]) {
        self.kind = kind
        size = (virtualSize + Self.sector - 1) / Self.sector * Self.sector
        var id = Array(fingerprint.prefix(16))
        // A UUID of one's own making (RFC 9562, version 8).
        id[6] = id[6] & 0x0f | 0x80
        id[8] = id[8] & 0x3f | 0x80
        self.id = id
    }

    var blocks: Int { (size + Self.block - 1) / Self.block }

    var footer: [UInt8] {
        var bytes = BigEndianBytes()
        bytes.content += Array("conectix".utf8)
        // A reserved bit that is always set; version 1.0.
        bytes.append(UInt32(2))
        bytes.append(UInt32(0x0001_0000))
        bytes.append(kind == .dynamic ? UInt64(Self.sector) : .max)
        // Seconds since 2000: one image gives one file, so no time.
        bytes.append(UInt32(0))
        // Of the creators that QEMU knows, one whose size is the one that is written here: that of others it makes from the
        // geometry, which is smaller (the option force_size of qemu-img writes the same).
        bytes.content += Array("win ".utf8)
        bytes.append(UInt32(0x0001_0000))
        bytes.content += Array("Wi2k".utf8)
        bytes.append(UInt64(size))
        bytes.append(UInt64(size))
        let geometry = VHDGeometry(sectors: size / Self.sector)
        bytes.append(geometry.cylinders)
        bytes.append(geometry.heads)
        bytes.append(geometry.sectorsPerTrack)
        bytes.append(kind.rawValue)
        let checksum = bytes.content.count
        bytes.append(UInt32(0))
        bytes.content += id
        return Self.checked(bytes.padded(to: Self.sector), at: checksum)
    }

    var dynamic: [UInt8] {
        var bytes = BigEndianBytes()
        bytes.content += Array("cxsparse".utf8)
        bytes.append(UInt64.max)
        bytes.append(UInt64(Self.table))
        bytes.append(UInt32(0x0001_0000))
        bytes.append(UInt32(blocks))
        bytes.append(UInt32(Self.block))
        let checksum = bytes.content.count
        bytes.append(UInt32(0))
        return Self.checked(bytes.padded(to: Self.dynamicHeader), at: checksum)
    }

    /// Everything before the first block.
    ///
    /// - Parameter table: sectors of the blocks in the file.
    func front(_ table: [UInt32]) -> [UInt8] {
        var bytes = BigEndianBytes()
        for entry in table { bytes.append(entry) }
        let length = (bytes.content.count + Self.sector - 1) / Self.sector * Self.sector
        return footer + dynamic + bytes.padded(to: length, with: 0xff)
    }

    /// Puts in the one's complement of the sum of all bytes.
    private static func checked(_ bytes: [UInt8], at offset: Int) -> [UInt8] {
        var sum = BigEndianBytes()
        sum.append(~bytes.reduce(UInt32(0)) { $0 &+ UInt32($1) })
        var bytes = bytes
        bytes.replaceSubrange(offset..<offset + 4, with: sum.content)
        return bytes
    }
}
