import Failures

/// What the first sectors of a disk say of its division, and how long the disk has to be for that.
///
/// GPT: UEFI specification 2.10, section 5.3. MBR: section 5.2. File systems straight on the disk: their kernel
/// documentation (ext4 super block; xfs_fs.h; btrfs on-disk format).
struct DiskLayout: Equatable {
    enum Kind: String { case gpt, mbr, fileSystem }

    var kind: Kind
    /// Bytes that the disk must have.
    var end: UInt64

    /// The last super block that is looked for is btrfs's at 64 KiB.
    static let headLength = 68 << 10

    /// - Parameters:
    ///   - head: the first `headLength` bytes of the disk, fewer of a smaller one.
    ///   - size: bytes of the disk.
    ///   - name: for the message, as in "disk.img".
    /// - Throws: `DiskFailure`: `notADisk` where there is no partition table or file system, or more of it than the disk
    ///   is long; `unsupportedSystem` for a table with other sectors than those of 512 bytes.
    static func check(_ head: Bytes, size: UInt64, of name: String) throws(DiskFailure) -> DiskLayout {
        if !head.has("EFI PART", at: 512), head.has("EFI PART", at: 4096) {
            throw DiskFailure(
                .unsupportedSystem, "the partition table of \(name) counts in sectors of 4096 bytes",
                hint: "import a disk with sectors of 512 bytes, which is what a guest sees")
        }
        guard let layout = gpt(head) ?? mbr(head) ?? fileSystem(head) else {
            throw DiskFailure(
                .notADisk, "\(name) is not a disk image: it has neither a partition table nor a file system",
                hint: "give a qcow2, VMDK or raw image of a whole disk")
        }
        guard layout.end <= size else {
            let what = layout.kind == .fileSystem ? "file system" : "partition table"
            throw DiskFailure(
                .notADisk, "\(name) is cut short: by its \(what) it has \(layout.end) bytes, but there are \(size)",
                hint: "copy or download it again, and compare its checksum")
        }
        return layout
    }

    private static func gpt(_ head: Bytes) -> DiskLayout? {
        guard head.has("EFI PART", at: 512), let backup = head.littleEndian(512 + 32, as: UInt64.self) else {
            return nil
        }
        return DiskLayout(kind: .gpt, end: bytes(backup &+ 1, of: 512))
    }

    private static func mbr(_ head: Bytes) -> DiskLayout? {
        guard head.has([0x55, 0xAA], at: 510) else { return nil }
        var end: UInt64 = 0
        for entry in stride(from: 446, to: 510, by: 16) {
            // Other flags than these two: the boot sector of a file system, which has code here.
            guard let flag = head.littleEndian(entry, as: UInt8.self), flag == 0 || flag == 0x80 else { return nil }
            guard let type = head.littleEndian(entry + 4, as: UInt8.self), type != 0,
                let first = head.littleEndian(entry + 8, as: UInt32.self),
                let count = head.littleEndian(entry + 12, as: UInt32.self)
            else { continue }
            end = max(end, (UInt64(first) + UInt64(count)) * 512)
        }
        return end > 0 ? DiskLayout(kind: .mbr, end: end) : nil
    }

    private static func fileSystem(_ head: Bytes) -> DiskLayout? {
        var end: UInt64?
        if head.littleEndian(1024 + 56, as: UInt16.self) == 0xEF53 {
            let low = UInt64(head.littleEndian(1024 + 4, as: UInt32.self) ?? 0)
            let wide = (head.littleEndian(1024 + 96, as: UInt32.self) ?? 0) & 0x80 != 0
            let high = wide ? UInt64(head.littleEndian(1024 + 0x150, as: UInt32.self) ?? 0) : 0
            let shift = head.littleEndian(1024 + 24, as: UInt32.self) ?? 0
            end = bytes(high << 32 | low, of: 1024 << UInt64(min(shift, 6)))
        } else if head.has("XFSB"), let size = head.bigEndian(4, as: UInt32.self) {
            end = head.bigEndian(8, as: UInt64.self).map { bytes($0, of: UInt64(size)) }
        } else if head.has("_BHRfS_M", at: 0x10040) {
            end = head.littleEndian(0x10070, as: UInt64.self)
        }
        return end.map { DiskLayout(kind: .fileSystem, end: $0) }
    }

    /// A damaged header may hold any number.
    private static func bytes(_ count: UInt64, of unit: UInt64) -> UInt64 {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? .max : product
    }
}
