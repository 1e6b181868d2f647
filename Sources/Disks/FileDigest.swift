import Crypto
public import Failures
import Glibc
public import HostSystem
public import SystemPackage

/// SHA-256 of files, in pieces; holes are hashed as the zeros they are, without being read.
public enum FileDigest {
    private static let pieceLength = 1 << 20

    /// - Returns: 64 hexadecimal digits, and the file's length in bytes.
    public static func sha256(_ file: FilePath) throws(HostFailure) -> (digest: String, size: Int64) {
        try sha256([file])
    }

    /// The same of several files, one after the other.
    static func sha256(_ files: [FilePath]) throws(HostFailure) -> (digest: String, size: Int64) {
        var hash = SHA256()
        var size: Int64 = 0
        for file in files { size += try update(&hash, with: file) }
        return (hash.finalize().hexadecimal, size)
    }

    private static func update(_ hash: inout SHA256, with file: FilePath) throws(HostFailure) -> Int64 {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemCall("cannot open \(file)", errno: errno) }
        defer { close(descriptor) }
        let end = Int(lseek(descriptor, 0, SEEK_END))
        guard end >= 0 else { throw .systemCall("cannot read \(file)", errno: errno) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceLength, alignment: 4096)
        defer { buffer.deallocate() }
        let zeros = [UInt8](repeating: 0, count: pieceLength)
        var offset = 0
        while offset < end {
            let run = SparseRuns.run(of: descriptor, at: offset, to: end)
            while offset < run.end {
                let length = min(pieceLength, run.end - offset)
                if run.isHole {
                    zeros.withUnsafeBytes {
                        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<length]))
                    }
                    offset += length
                    continue
                }
                let count = pread(descriptor, buffer.baseAddress, length, off_t(offset))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw .systemCall("cannot read \(file)", errno: count == 0 ? EIO : errno) }
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += count
            }
        }
        return Int64(end)
    }
}
