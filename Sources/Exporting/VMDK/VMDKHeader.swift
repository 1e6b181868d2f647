/// The header of a stream-optimised VMDK, which also is its footer, and the descriptor behind it.
///
/// Source: "Virtual Disk Format 5.0" (VMware, 2011), "Hosted sparse extents" and "Stream-optimized compressed sparse
/// extents". All numbers are little-endian; places and sizes are in sectors of 512 bytes.
struct VMDKHeader: Sendable {
    static let sector = 512
    /// Bytes of a grain: the unit that is compressed, or left out.
    static let grain = DiskChunk.grain
    static let grainSectors = grain / sector
    /// Entries of a grain table.
    static let tableEntries = 512
    static let descriptorSectors = 20
    /// Where the first grain may begin.
    static let overhead = 128
    /// In the header's place of the grain directory: it is in the footer.
    static let directoryAtEnd = UInt64.max

    /// Sectors of the disk.
    var capacity: Int
    /// Sector of the grain directory.
    var directory = directoryAtEnd

    /// Numbers of the marker types; a grain's own marker has none.
    enum Marker: UInt32 {
        case endOfStream = 0
        case grainTable = 1
        case grainDirectory = 2
        case footer = 3
    }

    var bytes: [UInt8] {
        var bytes = LittleEndianBytes()
        bytes.append(UInt32(0x564d_444b))
        // Version 3: with compressed grains and markers. Flags: new-line test, compression, markers.
        bytes.append(UInt32(3))
        bytes.append(UInt32(1 | 1 << 16 | 1 << 17))
        bytes.append(UInt64(capacity))
        bytes.append(UInt64(Self.grainSectors))
        bytes.append(UInt64(1))
        bytes.append(UInt64(Self.descriptorSectors))
        bytes.append(UInt32(Self.tableEntries))
        // No redundant directory.
        bytes.append(UInt64(0))
        bytes.append(directory)
        bytes.append(UInt64(Self.overhead))
        // Closed properly, then the four bytes that a transfer as text would change.
        bytes.content += [0] + Array("\n \r\n".utf8)
        // Deflate, in zlib's wrapping.
        bytes.append(UInt16(1))
        return bytes.padded(to: Self.sector)
    }

    /// - Parameter length: sectors of what follows.
    static func marker(_ type: Marker, length: Int) -> [UInt8] {
        var bytes = LittleEndianBytes()
        bytes.append(UInt64(length))
        bytes.append(UInt32(0))
        bytes.append(type.rawValue)
        return bytes.padded(to: sector)
    }

    /// - Parameters:
    ///   - id: tells contents apart: a copy with another content has another one.
    ///   - file: its own name.
    func descriptor(id: UInt32, file: String) -> [UInt8] {
        // The geometry that SCSI adapters report.
        let (heads, sectors) = (255, 63)
        let digits = String(id, radix: 16)
        let name = file.filter { $0 != "\"" && !$0.isNewline }
        let text = """
            # Disk DescriptorFile
            version=1
            CID=\(String(repeating: "0", count: 8 - digits.count))\(digits)
            parentCID=ffffffff
            createType="streamOptimized"

            # Extent description
            RW \(capacity) SPARSE "\(name)"

            # The Disk Data Base
            #DDB

            ddb.virtualHWVersion = "4"
            ddb.geometry.cylinders = "\(min(capacity / (heads * sectors), 65535))"
            ddb.geometry.heads = "\(heads)"
            ddb.geometry.sectors = "\(sectors)"
            ddb.adapterType = "lsilogic"

            """
        var bytes = LittleEndianBytes()
        bytes.content = Array(text.utf8)
        return bytes.padded(to: Self.descriptorSectors * Self.sector)
    }
}

/// Numbers put one after the other.
struct LittleEndianBytes {
    var content: [UInt8] = []

    mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { content += $0 }
    }

    func padded(to length: Int) -> [UInt8] { content + [UInt8](repeating: 0, count: length - content.count) }
}
