import Crypto
import Failures
import FoundationEssentials
import HostSystem

/// What is known of a part before it is sent.
struct PartDigest: Sendable {
    var crc: CRC64NVME
    /// Hexadecimal, for the signature; nil where the signature does not cover the body.
    var sha256: String?
    /// 16 bytes; nil where the server checks a CRC.
    var md5: [UInt8]?

    enum Kind: Sendable { case sha256, md5 }

    /// Reads a range of the file once, on a thread of its own. Memory: one buffer of `FileRange.pieceSize`.
    static func of(_ range: FileRange, _ kinds: Set<Kind>) async throws(AWSFailure) -> PartDigest {
        try await offPool { () throws(AWSFailure) -> PartDigest in
            try compute(range, kinds)
        }
    }

    private static func compute(_ range: FileRange, _ kinds: Set<Kind>) throws(AWSFailure) -> PartDigest {
        var crc = CRC64NVME()
        var sha = kinds.contains(.sha256) ? SHA256() : nil
        var md5 = kinds.contains(.md5) ? Insecure.MD5() : nil
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileRange.pieceSize, alignment: 4096)
        defer { buffer.deallocate() }
        var position = range.offset
        let end = range.offset + range.count
        while position < end {
            let (isHole, runEnd) = range.file.run(at: position, to: end)
            let count = min(runEnd - position, buffer.count)
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            if isHole {
                piece.initializeMemory(as: UInt8.self, repeating: 0)
                crc.appendZeros(count)
            } else {
                try range.file.read(into: piece, at: position)
                crc.update(UnsafeRawBufferPointer(piece))
            }
            sha?.update(bufferPointer: UnsafeRawBufferPointer(piece))
            md5?.update(bufferPointer: UnsafeRawBufferPointer(piece))
            position += count
        }
        return PartDigest(crc: crc, sha256: sha?.finalize().hexadecimal, md5: md5.map { Array($0.finalize()) })
    }
}
