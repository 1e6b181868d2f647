import Failures
import Synchronization
import SystemPackage

/// A qcow2 image that stands alone, or one of a chain (`OverlaySource`) without those below it.
///
/// The tables are checked once, from front to back, when it is opened; what is damaged, compressed or cut off is found there
/// and not in the middle of an export. Later they are read again as they are needed, so that memory does not grow with the disk.
final class Qcow2Source: DiskSource {
    typealias Refusal = Qcow2Header.Refusal

    let header: Qcow2Header
    private let file: DiskFile
    private let l1: [UInt64]
    private let tables: Mutex<TableCache>

    var virtualSize: Int { header.virtualSize }

    /// The file from which unallocated clusters are read, as the image names it.
    let backingFile: String?

    /// - Parameter isOverlay: holes are not zeros then, but what the backing file has.
    /// - Throws: `Refusal`, or an `ExportFailure` where the file cannot be read.
    init(_ path: FilePath, isOverlay: Bool = false) throws {
        file = try DiskFile(path)
        var head = [UInt8](repeating: 0, count: 112)
        let file = file
        let count = try head.withUnsafeMutableBytes { bytes in try file.read(into: bytes, at: 0) }
        header = try Qcow2Header(parsing: Array(head[..<count]))
        backingFile = try header.backingName.map { try Self.text(in: file, at: $0) }
        guard backingFile == nil || isOverlay else { throw Refusal.unsupported("it has a backing file") }
        guard header.l1Offset + header.l1Entries * 8 <= file.size else {
            throw Refusal.damaged("its level 1 table lies beyond the end of the file")
        }
        l1 = try file.table(at: header.l1Offset, count: header.l1Entries)
        tables = Mutex(TableCache())
        try check()
    }

    func run(at offset: Int) throws(ExportFailure) -> DiskRun {
        let clusters = (header.virtualSize + header.clusterSize - 1) >> header.clusterBits
        let first = offset >> header.clusterBits
        let kind = try cluster(first).kind
        var next = first + 1
        // To the end of the table at most: whoever asks comes again.
        let limit = min(clusters, (first / header.l2Entries + 1) * header.l2Entries)
        if l2Offset(first) == nil {
            next = limit
        } else {
            while next < limit, try cluster(next).kind == kind { next += 1 }
        }
        return DiskRun(kind: kind, end: min(next << header.clusterBits, header.virtualSize))
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ExportFailure) {
        var done = 0
        while done < buffer.count {
            let position = offset + done
            let first = position >> header.clusterBits
            let within = position & (header.clusterSize - 1)
            let start = try cluster(first)
            var length = header.clusterSize - within
            var next = first + 1
            // Clusters that lie side by side in the file are read in one go.
            while done + length < buffer.count {
                let following = try cluster(next)
                guard following.kind == start.kind,
                    start.kind != .data || following.host == start.host + (next - first) << header.clusterBits
                else { break }
                length += header.clusterSize
                next += 1
            }
            length = min(length, buffer.count - done)
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + length])
            let got = start.kind == .data ? try file.read(into: piece, at: start.host + within) : 0
            // The last cluster of a file may be stored in part: the rest is zeros.
            if got < length {
                UnsafeMutableRawBufferPointer(rebasing: piece[got...]).initializeMemory(as: UInt8.self, repeating: 0)
            }
            done += length
        }
    }

    private static func text(in file: DiskFile, at range: Range<Int>) throws -> String {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: range.lowerBound) }
        guard count == range.count, let text = String(validating: bytes, as: UTF8.self) else {
            throw Refusal.damaged("the name of its backing file cannot be read")
        }
        return text
    }

    // MARK: - Tables

    /// A cluster of the disk, and where it is in the file if it is stored.
    private struct Cluster {
        var kind: DiskRun.Kind
        var host = 0
    }

    private static let offsetBits: UInt64 = 0x00ff_ffff_ffff_fe00
    private static let compressed: UInt64 = 1 << 62
    private static let zero: UInt64 = 1
    /// Of an L2 entry: bits 1–8 and 56–61.
    private static let reservedL2: UInt64 = 0x3f00_0000_0000_01fe
    /// Of an L1 entry: bits 0–8 and 56–62.
    private static let reservedL1: UInt64 = 0x7f00_0000_0000_01ff

    private func l2Offset(_ cluster: Int) -> Int? {
        let offset = Int(l1[cluster / header.l2Entries] & Self.offsetBits)
        return offset == 0 ? nil : offset
    }

    private func cluster(_ index: Int) throws(ExportFailure) -> Cluster {
        guard let offset = l2Offset(index) else { return Cluster(kind: .hole) }
        let table = index / header.l2Entries
        let known = tables.withLock { $0[table] }
        let entries: [UInt64]
        if let known {
            entries = known
        } else {
            entries = try file.table(at: offset, count: header.l2Entries)
            tables.withLock { $0[table] = entries }
        }
        let entry = entries[index % header.l2Entries]
        if entry & Self.zero == 1 { return Cluster(kind: .zero) }
        let host = Int(entry & Self.offsetBits)
        return host == 0 ? Cluster(kind: .hole) : Cluster(kind: .data, host: host)
    }

    private func check() throws {
        let clusters = (header.virtualSize + header.clusterSize - 1) >> header.clusterBits
        for (index, entry) in l1.enumerated() where index * header.l2Entries < clusters {
            guard entry & Self.reservedL1 == 0 else { throw Refusal.damaged("its level 1 entry \(index) is invalid") }
            let offset = Int(entry & Self.offsetBits)
            if offset == 0 { continue }
            guard offset & (header.clusterSize - 1) == 0, offset + header.clusterSize <= file.size else {
                throw Refusal.damaged("its level 2 table \(index) is at \(offset)")
            }
            for entry in try file.table(at: offset, count: header.l2Entries) where entry != 0 { try check(entry) }
        }
    }

    private func check(_ entry: UInt64) throws(Refusal) {
        if entry & Self.compressed != 0 { throw .unsupported("it has compressed clusters") }
        let host = Int(entry & Self.offsetBits)
        guard entry & Self.reservedL2 == 0, entry & Self.zero == 0 || header.version == 3,
            host & (header.clusterSize - 1) == 0
        else { throw .damaged("it has an invalid level 2 entry, \(String(entry, radix: 16))") }
        guard entry & Self.zero == 1 || host < file.size else {
            throw .damaged("it is cut off: a cluster should be at \(host), and the file has \(file.size) bytes")
        }
    }
}

/// A few level 2 tables, the oldest of which goes when another comes. With clusters of 64 KiB one tells of 512 MiB of the disk.
private struct TableCache {
    private static let limit = 8
    private var tables: [(index: Int, entries: [UInt64])] = []

    subscript(index: Int) -> [UInt64]? {
        get { tables.last { $0.index == index }?.entries }
        set {
            guard let newValue else { return }
            if tables.count == Self.limit { tables.removeFirst() }
            tables.append((index, newValue))
        }
    }
}
