import Failures
import HostSystem
import NIOCore

/// Some consecutive bytes of a file, as the pieces an HTTP body is sent in. It can be gone through any number of times.
struct FileRange: AsyncSequence, Sendable {
    /// Large enough to keep a fast link busy, small enough that many parts at once stay cheap.
    static let pieceSize = 512 << 10
    /// What holes are sent from.
    private static let zeros = ByteBuffer(repeating: 0, count: pieceSize)

    let file: SourceFile
    let offset: Int
    let count: Int

    func makeAsyncIterator() -> Iterator { Iterator(range: self, position: offset) }

    struct Iterator: AsyncIteratorProtocol {
        let range: FileRange
        var position: Int

        mutating func next() async throws -> ByteBuffer? {
            let end = range.offset + range.count
            guard position < end else { return nil }
            let start = position
            let file = range.file
            let piece = try await offPool { () throws(AWSFailure) -> ByteBuffer in
                let (isHole, runEnd) = file.run(at: start, to: Swift.min(end, start + FileRange.pieceSize))
                if isHole { return FileRange.zeros.getSlice(at: 0, length: runEnd - start) ?? ByteBuffer() }
                var buffer = ByteBufferAllocator().buffer(capacity: runEnd - start)
                var failure: AWSFailure?
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: runEnd - start) { bytes in
                    do throws(AWSFailure) {
                        try file.read(
                            into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<(runEnd - start)]), at: start)
                    } catch {
                        failure = error
                    }
                    return runEnd - start
                }
                if let failure { throw failure }
                return buffer
            }
            position += piece.readableBytes
            return piece
        }
    }
}
