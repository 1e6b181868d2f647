import Failures
import HostSystem

/// Writes a qcow2 image that stands alone, from front to back; see `Qcow2Layout`.
final class Qcow2Output: DiskOutput, @unchecked Sendable {
    let format: Artifact.Format?
    let encoding: ChunkEncoding?
    private let virtualSize: Int
    private let file: FrontedFile
    /// Of the disk: which level 2 table `table` is.
    private var tableIndex = 0
    private var table = [UInt64](repeating: 0, count: Qcow2Layout.tableEntries)
    private var levelOne: [UInt64]
    /// References to each cluster of the file so far; empty where all have one.
    private var counts: [UInt16] = []

    /// - Parameters:
    ///   - stored: how many clusters have something stored by the disk's map; what level 2 tables they take.
    init(_ draft: Draft, virtualSize: Int, compresses: Bool, stored: (clusters: Int, tables: Int)) throws(HostFailure) {
        self.virtualSize = virtualSize
        format = compresses ? .qcow2Compressed : .qcow2
        encoding = compresses ? .qcow2Clusters : nil
        levelOne = [UInt64](repeating: 0, count: Qcow2Layout.tables(virtualSize))
        let tail = Qcow2Layout.Tail(virtualSize: virtualSize, before: 1 + stored.clusters + stored.tables)
        file = try FrontedFile(draft, guess: Qcow2Layout.header(virtualSize: virtualSize, tail))
        if compresses { counts = [1] }
    }

    func take(_ chunk: DiskChunk, while going: () -> Bool) throws(HostFailure) {
        guard !chunk.storedRanges.isEmpty else { return }
        let index = chunk.offset / Qcow2Layout.bytesPerTable
        if index != tableIndex {
            try writeTable()
            tableIndex = index
        }
        if let encoded = chunk.encoded(.qcow2Clusters) { return try append(encoded) }
        for range in chunk.storedRanges {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: Qcow2Layout.cluster) {
                let number = (chunk.offset + start) / Qcow2Layout.cluster
                table[number % Qcow2Layout.tableEntries] = UInt64(file.position) | Qcow2Layout.copied
                try file.append(
                    UnsafeRawBufferPointer(rebasing: chunk.padded[start..<start + Qcow2Layout.cluster]))
            }
        }
    }

    func finish(while going: () -> Bool) throws(HostFailure) -> OutputDigest? {
        try writeTable()
        file.pad(to: Qcow2Layout.cluster)
        let tail = Qcow2Layout.Tail(virtualSize: virtualSize, before: file.position / Qcow2Layout.cluster)
        try append(levelOne)
        try appendCounts(tail)
        try append(tail.counts.map { UInt64($0 * Qcow2Layout.cluster) })
        return try file.finish(front: Qcow2Layout.header(virtualSize: virtualSize, tail), while: going)
    }

    // MARK: Compressed clusters

    /// They lie byte by byte behind each other; one that did not become smaller is a cluster of the file.
    private func append(_ encoded: EncodedGrains) throws(HostFailure) {
        for grain in encoded.grains {
            let bytes = UnsafeRawBufferPointer(rebasing: encoded.bytes[grain.range])
            let isWhole = bytes.count == Qcow2Layout.cluster
            if isWhole { file.pad(to: Qcow2Layout.cluster) }
            let start = file.position
            try file.append(bytes)
            // QEMU reads, and counts, to the end of the last sector.
            let end = (file.position + 511) / 512 * 512
            count(start..<end)
            table[grain.number % Qcow2Layout.tableEntries] =
                isWhole
                ? UInt64(start) | Qcow2Layout.copied
                : UInt64(start) | UInt64(end / 512 - start / 512 - 1) << Qcow2Layout.sectorCountShift
                    | Qcow2Layout.compressed
        }
    }

    private func count(_ range: Range<Int>) {
        for cluster in range.lowerBound / Qcow2Layout.cluster...(range.upperBound - 1) / Qcow2Layout.cluster {
            if cluster == counts.count { counts.append(0) }
            counts[cluster] += 1
        }
    }

    // MARK: Tables

    /// A table without clusters is not written: its entry in the level 1 table says so.
    private func writeTable() throws(HostFailure) {
        guard table.contains(where: { $0 != 0 }) else { return }
        file.pad(to: Qcow2Layout.cluster)
        levelOne[tableIndex] = UInt64(file.position) | Qcow2Layout.copied
        if encoding != nil { count(file.position..<file.position + Qcow2Layout.cluster) }
        try append(table)
        table = [UInt64](repeating: 0, count: Qcow2Layout.tableEntries)
    }

    private func appendCounts(_ tail: Qcow2Layout.Tail) throws(HostFailure) {
        for block in 0..<tail.counts.count {
            var bytes = BigEndianBytes()
            let first = block * Qcow2Layout.countsPerCluster
            let last = min(first + Qcow2Layout.countsPerCluster, tail.countTable.upperBound)
            for cluster in first..<max(first, last) {
                bytes.append(cluster < counts.count ? counts[cluster] : 1)
            }
            try file.append(bytes.padded(to: Qcow2Layout.cluster))
        }
    }

    private func append(_ numbers: [UInt64]) throws(HostFailure) {
        var bytes = BigEndianBytes()
        for number in numbers { bytes.append(number) }
        try file.append(bytes.padded(to: Qcow2Layout.clusters(bytes.content.count) * Qcow2Layout.cluster))
    }
}
