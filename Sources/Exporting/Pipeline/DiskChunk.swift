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

    /// A compressed grain.
    struct Grain: Equatable {
        /// Of the disk: offset / 64 KiB.
        var number: Int
        /// Where it begins in `encoded`, in sectors.
        var sector: Int
    }

    let ready = DispatchSemaphore(value: 0)
    /// Outputs that are not done with it.
    let pending = Atomic<Int>(0)
    private(set) var offset = 0
    private(set) var grains: [Grain] = []
    /// Where there is something other than zeros, in whole grains.
    private(set) var storedRanges: [Range<Int>] = []

    private let buffer: UnsafeMutableRawBufferPointer
    private let output: UnsafeMutableRawBufferPointer
    private let compressor: GrainCompressor?
    private var count = 0
    private var encodedCount = 0

    /// - Parameter compresses: whether `encoded` is wanted.
    init(compresses: Bool) throws(ExportFailure) {
        compressor = compresses ? try GrainCompressor() : nil
        buffer = .allocate(byteCount: Self.size, alignment: 4096)
        output = .allocate(
            byteCount: (compressor?.bound ?? 0) * Self.size / VMDKHeader.grain, alignment: 4096)
    }

    deinit {
        buffer.deallocate()
        output.deallocate()
    }

    /// To the end of the disk at most.
    var data: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]) }
    /// The grains that are not zeros, as they stand in a VMDK.
    var encoded: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: output[..<encodedCount]) }

    /// Called before the chunk is filled, in the order of the disk.
    func place(at offset: Int, of virtualSize: Int) {
        self.offset = offset
        count = min(Self.size, virtualSize - offset)
        encodedCount = 0
        grains.removeAll(keepingCapacity: true)
        storedRanges.removeAll(keepingCapacity: true)
    }

    /// Reads and compresses.
    func fill(from source: any DiskSource) throws(ExportFailure) {
        try source.read(into: data, at: offset)
        if count < Self.size {
            UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).initializeMemory(as: UInt8.self, repeating: 0)
        }
        for start in stride(from: 0, to: count, by: VMDKHeader.grain) {
            // The last grain of a disk is whole in a VMDK, filled up with zeros.
            let grain = UnsafeRawBufferPointer(rebasing: buffer[start..<start + VMDKHeader.grain])
            if Self.isZero(grain) { continue }
            store(start..<min(start + VMDKHeader.grain, count))
            guard let compressor else { continue }
            grains.append(
                Grain(number: (offset + start) / VMDKHeader.grain, sector: encodedCount / VMDKHeader.sector))
            encodedCount += compressor.compress(
                grain, sector: (offset + start) / VMDKHeader.sector,
                into: UnsafeMutableRawBufferPointer(rebasing: output[encodedCount...]))
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
