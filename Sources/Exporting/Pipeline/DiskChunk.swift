import Dispatch
import Failures
import Glibc
import Synchronization

/// A piece of the disk on its way through the pipeline: as it is, and compressed. Used again for one piece after the other,
/// so that memory does not grow with the disk.
///
/// One worker fills it, then signals `ready` for each output; the outputs only read.
final class DiskChunk: @unchecked Sendable {
    /// Bytes of the disk, and so the raw buffer's. A multiple of the grain, and a divisor of what a grain table tells of.
    static let size = 1 << 20
    /// What is left out where it is zeros, and compressed by itself where it is not.
    static let grain = 64 << 10

    let ready = DispatchSemaphore(value: 0)
    /// Outputs that are not done with it.
    let pending = Atomic<Int>(0)
    private(set) var offset = 0
    /// Where there is something other than zeros, in whole grains.
    private(set) var storedRanges: [Range<Int>] = []

    private let buffer: UnsafeMutableRawBufferPointer
    private let encodings: [ChunkEncoding: EncodedGrains]
    private var count = 0

    /// - Parameter wanted: what `encoded` is asked for.
    init(encodings wanted: Set<ChunkEncoding>) throws(ExportFailure) {
        var encodings: [ChunkEncoding: EncodedGrains] = [:]
        for encoding in wanted { encodings[encoding] = try EncodedGrains(encoding, grains: Self.size / Self.grain) }
        self.encodings = encodings
        buffer = .allocate(byteCount: Self.size, alignment: 4096)
    }

    deinit { buffer.deallocate() }

    /// To the end of the disk at most.
    var data: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]) }
    /// Filled up with zeros behind the end of the disk.
    var padded: UnsafeRawBufferPointer { UnsafeRawBufferPointer(buffer) }

    /// The grains that are not zeros, as they stand in a format's file; nil where nobody wanted them.
    func encoded(_ encoding: ChunkEncoding) -> EncodedGrains? { encodings[encoding] }

    /// Called before the chunk is filled, in the order of the disk.
    func place(at offset: Int, of virtualSize: Int) {
        self.offset = offset
        count = min(Self.size, virtualSize - offset)
        storedRanges.removeAll(keepingCapacity: true)
        for grains in encodings.values { grains.clear() }
    }

    /// Reads and compresses.
    func fill(from source: any DiskSource) throws(ExportFailure) {
        try source.read(into: data, at: offset)
        if count < Self.size {
            UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).initializeMemory(as: UInt8.self, repeating: 0)
        }
        for start in stride(from: 0, to: count, by: Self.grain) {
            // The last grain of a disk is whole where grains are compressed, filled up with zeros.
            let grain = UnsafeRawBufferPointer(rebasing: buffer[start..<start + Self.grain])
            if Self.isZero(grain) { continue }
            store(start..<min(start + Self.grain, count))
            for grains in encodings.values { grains.append(grain, at: offset + start) }
        }
    }

    private func store(_ range: Range<Int>) {
        if let last = storedRanges.last, last.upperBound == range.lowerBound {
            storedRanges[storedRanges.count - 1] = last.lowerBound..<range.upperBound
        } else {
            storedRanges.append(range)
        }
    }

    /// memcmp(3) of the bytes with themselves, one place on: as fast as memory is.
    private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, bytes[0] == 0 else { return bytes.isEmpty }
        return memcmp(start, start + 1, bytes.count - 1) == 0
    }
}
