/// What stands in a qcow2 file beside the data, as Kiln writes it: version 3, clusters of 64 KiB, no backing file.
///
/// Source: docs/interop/qcow2.rst of QEMU. All numbers are big-endian; places are in bytes. In the file: the header; the
/// clusters that are not zeros in the order of the disk, each level 2 table behind those that it tells of; the level 1
/// table; the reference counts and their table.
enum Qcow2Layout {
    static let clusterBits = 16
    static let cluster = 1 << clusterBits
    /// Entries of a level 2 table, and bytes of the disk that it tells of.
    static let tableEntries = cluster / 8
    static let bytesPerTable = tableEntries * cluster
    /// Counts, of 16 bits, in a cluster of them.
    static let countsPerCluster = cluster / 2
    /// Exactly one reference: may be written to in place.
    static let copied: UInt64 = 1 << 63
    static let compressed: UInt64 = 1 << 62
    /// Where the number of sectors begins in an entry of a compressed cluster: 62 − (clusterBits − 8).
    static let sectorCountShift = 54
    private static let headerLength: UInt32 = 112

    static func tables(_ virtualSize: Int) -> Int { max(1, (virtualSize + bytesPerTable - 1) / bytesPerTable) }

    static func clusters(_ bytes: Int) -> Int { (bytes + cluster - 1) / cluster }

    /// The level 1 table, the reference counts and their table, each in clusters, with their place.
    struct Tail: Equatable {
        var levelOne: Range<Int>
        var counts: Range<Int>
        var countTable: Range<Int>

        /// - Parameter before: clusters of all that is before it in the file.
        init(virtualSize: Int, before: Int) {
            levelOne = before..<before + clusters(tables(virtualSize) * 8)
            // The counts count themselves and their table.
            var (countClusters, tableClusters) = (0, 0)
            while true {
                let total = levelOne.upperBound + countClusters + tableClusters
                let needed = (total + countsPerCluster - 1) / countsPerCluster
                if needed <= countClusters, clusters(needed * 8) <= tableClusters { break }
                (countClusters, tableClusters) = (needed, clusters(needed * 8))
            }
            counts = levelOne.upperBound..<levelOne.upperBound + countClusters
            countTable = counts.upperBound..<counts.upperBound + tableClusters
        }
    }

    static func header(virtualSize: Int, _ tail: Tail) -> [UInt8] {
        var bytes = BigEndianBytes()
        bytes.append(Qcow2Header.magic)
        bytes.append(UInt32(3))
        // No backing file.
        bytes.append(UInt64(0))
        bytes.append(UInt32(0))
        bytes.append(UInt32(clusterBits))
        bytes.append(UInt64((virtualSize + 511) / 512 * 512))
        // Not encrypted.
        bytes.append(UInt32(0))
        bytes.append(UInt32(tables(virtualSize)))
        bytes.append(UInt64(tail.levelOne.lowerBound * cluster))
        bytes.append(UInt64(tail.countTable.lowerBound * cluster))
        bytes.append(UInt32(tail.countTable.count))
        // No snapshots, no features.
        bytes.append(UInt32(0))
        for _ in 0..<4 { bytes.append(UInt64(0)) }
        // Counts of 1 << 4 bits.
        bytes.append(UInt32(4))
        bytes.append(headerLength)
        // Compression: deflate, as in all images without the bit for another. No header extensions.
        return bytes.padded(to: cluster)
    }
}
