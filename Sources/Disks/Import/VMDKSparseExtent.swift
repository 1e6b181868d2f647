import Failures

/// The grain tables of a sparse VMDK extent (VMware, "Virtual Disk Format 1.1"): qemu-img's check lets a last grain pass
/// that is there in part.
struct VMDKSparseExtent {
    private let file: SourceFile
    private let grainSectors: UInt64
    private let entries: UInt64
    private let directory: UInt64
    private let tables: UInt64

    private static let compressed: UInt32 = 1 << 16
    /// 128 GiB by tables of 32 MiB; larger extents are VMware's own, in other formats.
    private static let mostTables: UInt64 = 1 << 16

    /// Nil for an extent of another kind: compressed ones have their directory at the end, which qemu-img needs to be there.
    init?(_ file: SourceFile, _ head: Bytes) {
        guard head.has("KDMV"), let flags = head.littleEndian(8, as: UInt32.self), flags & Self.compressed == 0,
            let capacity = head.littleEndian(12, as: UInt64.self), let grain = head.littleEndian(20, as: UInt64.self),
            let entries = head.littleEndian(44, as: UInt32.self),
            let directory = head.littleEndian(56, as: UInt64.self),
            grain > 0, grain <= 1 << 16, entries > 0, entries <= 1 << 16
        else { return nil }
        self.file = file
        grainSectors = grain
        self.entries = UInt64(entries)
        self.directory = directory
        tables = min(capacity / (grain * UInt64(entries)) + 1, Self.mostTables)
    }

    /// Bytes up to the end of the last grain.
    func end() throws(DiskFailure) -> UInt64 {
        let list = try file.read(Int(tables * 4), at: directory.multipliedReportingOverflow(by: 512).partialValue)
        var last: UInt64 = 0
        for index in 0..<Int(tables) {
            guard let table: UInt32 = list.littleEndian(index * 4), table > 0 else { continue }
            let grains = try file.read(Int(entries * 4), at: UInt64(table) * 512)
            for entry in 0..<Int(entries) {
                guard let sector: UInt32 = grains.littleEndian(entry * 4) else { break }
                // 0: not there, 1: zeros.
                if sector > 1 { last = max(last, UInt64(sector)) }
            }
        }
        return last == 0 ? 0 : (last + grainSectors) * 512
    }
}
