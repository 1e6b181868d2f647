import CZlib
import Failures
import Glibc

/// Deflates clusters for qcow2, which wants no wrapping and no distances beyond 4 KiB: libdeflate cannot be told that.
final class ClusterCompressor: GrainEncoder, @unchecked Sendable {
    /// log2 of the farthest distance; negative: no wrapping.
    private static let window: Int32 = -12
    private static let memoryLevel: Int32 = 9

    private let stream: UnsafeMutablePointer<z_stream>
    /// A cluster that does not become smaller is kept as it is.
    let bound = Qcow2Layout.cluster

    init() throws(ExportFailure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, Self.window, Self.memoryLevel, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            throw ExportFailure(.failed, "zlib cannot make a compressor (\(status))")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// - Returns: bytes written; as many as a cluster has where they are the cluster itself.
    func encode(_ grain: UnsafeRawBufferPointer, at offset: Int, into output: UnsafeMutableRawBufferPointer) -> Int {
        guard let input = grain.baseAddress, let target = output.baseAddress else { return 0 }
        deflateReset(stream)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(grain.count)
        stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(bound - 1)
        if deflate(stream, Z_FINISH) == Z_STREAM_END { return bound - 1 - Int(stream.pointee.avail_out) }
        memcpy(target, input, grain.count)
        return grain.count
    }
}
