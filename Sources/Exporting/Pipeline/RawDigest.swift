import Crypto
import Failures
import HostSystem

/// SHA-256 of the disk as a guest sees it: stored bytes as they come, and the zeros between them without reading any.
final class RawDigest: DiskOutput, @unchecked Sendable {
    let format: Artifact.Format? = .raw
    private static let zeros = [UInt8](repeating: 0, count: 1 << 20)

    private let virtualSize: Int
    private var hash = SHA256()
    private var position = 0

    init(virtualSize: Int) { self.virtualSize = virtualSize }

    func take(_ chunk: DiskChunk, while going: () -> Bool) throws(HostFailure) {
        appendZeros(to: chunk.offset, while: going)
        hash.update(bufferPointer: UnsafeRawBufferPointer(chunk.data))
        position += chunk.data.count
    }

    func finish(while going: () -> Bool) throws(HostFailure) -> OutputDigest? {
        appendZeros(to: virtualSize, while: going)
        return OutputDigest(size: virtualSize, sha256: hash.finalize().hexadecimal)
    }

    private func appendZeros(to end: Int, while going: () -> Bool) {
        Self.zeros.withUnsafeBytes { zeros in
            while position < end, going() {
                let count = min(zeros.count, end - position)
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: zeros[..<count]))
                position += count
            }
        }
    }
}
