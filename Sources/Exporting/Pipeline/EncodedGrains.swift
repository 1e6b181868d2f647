/// What can be done to the pieces of a disk before they are in a file, by the workers that read them.
enum ChunkEncoding: CaseIterable {
    /// As grains of a stream-optimised VMDK.
    case vmdkGrains
    /// As compressed clusters of qcow2.
    case qcow2Clusters
}

/// Turns grains into what a format's file holds of them. One thread uses it at a time.
protocol GrainEncoder: AnyObject, Sendable {
    /// Bytes of one grain at most.
    var bound: Int { get }

    /// - Parameters:
    ///   - offset: of the disk, where the grain begins.
    ///   - output: at least `bound` bytes.
    /// - Returns: bytes written.
    func encode(_ grain: UnsafeRawBufferPointer, at offset: Int, into output: UnsafeMutableRawBufferPointer) -> Int
}

/// The grains of a chunk that are not zeros, as one format has them, one behind the other.
final class EncodedGrains {
    struct Grain: Equatable {
        /// Of the disk: offset / 64 KiB.
        var number: Int
        /// Where it is in `bytes`.
        var range: Range<Int>
    }

    private(set) var grains: [Grain] = []
    private let encoder: any GrainEncoder
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0

    /// - Parameter grains: the most that there will be.
    init(_ encoding: ChunkEncoding, grains: Int) throws(ExportFailure) {
        encoder =
            switch encoding {
            case .vmdkGrains: try GrainCompressor()
            case .qcow2Clusters: try ClusterCompressor()
            }
        buffer = .allocate(byteCount: encoder.bound * grains, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    func clear() {
        count = 0
        grains.removeAll(keepingCapacity: true)
    }

    func append(_ grain: UnsafeRawBufferPointer, at offset: Int) {
        let length = encoder.encode(
            grain, at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        grains.append(Grain(number: offset / DiskChunk.grain, range: count..<count + length))
        count += length
    }
}
