import Failures
import HostSystem

/// One of the things made of a disk in one pass. It gets the chunks in order and is used by one thread at a time.
protocol DiskOutput: AnyObject, Sendable {
    /// The artifact whose digest this knows at the end; nil where it makes a file and another output its digest.
    var format: Artifact.Format? { get }

    /// What it takes of a chunk beside the bytes of the disk.
    var encoding: ChunkEncoding? { get }

    /// The chunk is whole and stays as it is until this returns. What lies between two chunks is zeros.
    ///
    /// - Parameter going: as of `finish`: a digest goes over those zeros too, which may be many.
    func take(_ chunk: DiskChunk, while going: () -> Bool) throws(HostFailure)

    /// After the last chunk: what lies behind it, and whatever makes the content durable.
    ///
    /// - Parameter going: false once the export has failed elsewhere or was cancelled: long work asks now and then.
    func finish(while going: () -> Bool) throws(HostFailure) -> OutputDigest?
}

extension DiskOutput {
    var encoding: ChunkEncoding? { nil }
}

struct OutputDigest: Equatable, Sendable {
    /// Bytes.
    var size: Int
    /// 64 hexadecimal digits.
    var sha256: String
}
