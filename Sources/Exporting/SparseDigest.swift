import Crypto
import Failures
import Glibc
import HostSystem
import SystemPackage

/// SHA-256 of a file whose holes are known to be zeros without being read.
enum SparseDigest {
    /// lseek(2) of Linux; glibc's header hides them from Swift.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    static func sha256(_ file: FilePath) throws(HostFailure) -> (sha256: String, size: Int64) {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemCall("cannot open \(file)", errno: errno) }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw .systemCall("cannot read \(file)", errno: errno) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer {
            buffer.deallocate()
            zeros.deallocate()
        }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        var hash = SHA256()
        var offset: off_t = 0
        while offset < size {
            // Without SEEK_DATA on this file system everything counts as data.
            let data = lseek(descriptor, offset, seekData)
            let hole = data < 0 ? (errno == ENXIO ? size : offset) : data
            while offset < hole {
                let count = min(zeros.count, Int(hole - offset))
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: zeros[..<count]))
                offset += off_t(count)
            }
            guard offset < size else { break }
            let next = lseek(descriptor, offset, seekHole)
            let end = next < 0 ? size : next
            while offset < end {
                let count = pread(descriptor, buffer.baseAddress, min(buffer.count, Int(end - offset)), offset)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw .systemCall("cannot read \(file)", errno: errno) }
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += off_t(count)
            }
        }
        let digest = hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return (digest.joined(), Int64(size))
    }
}
