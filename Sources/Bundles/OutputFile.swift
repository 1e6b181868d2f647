import Glibc
import HostSystem
import SystemPackage

/// A new file that is written from its beginning to its end. Long runs of zeros become holes.
final class OutputFile {
    let path: FilePath
    private let descriptor: Int32
    private var offset = 0

    private static let grain = 64 << 10
    private static let zeros = [UInt8](repeating: 0, count: grain)

    /// Makes the file, which must not be there, and the folders it lies in.
    init(_ path: FilePath) throws(HostFailure) {
        self.path = path
        try Folders.create(path.removingLastComponent())
        descriptor = open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .systemCall("cannot create \(path)", errno: errno) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: UnsafeRawBufferPointer) throws(HostFailure) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Self.grain)
            let grain = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if !Self.isZero(grain) { try put(grain) }
            offset += grain.count
            start = end
        }
    }

    func write(_ bytes: [UInt8]) throws(HostFailure) {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(HostFailure) in try write(bytes) } }
        try result.get()
    }

    /// Gives the file its length, holes at its end counted, and waits until it is on the disk.
    func finish() throws(HostFailure) {
        guard ftruncate(descriptor, off_t(offset)) == 0, fsync(descriptor) == 0 else {
            throw .systemCall("cannot write \(path)", errno: errno)
        }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(HostFailure) {
        var done = 0
        while done < bytes.count {
            let count = retryingInterrupts {
                pwrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset + done))
            }
            guard count > 0 else { throw .systemCall("cannot write \(path)", errno: count == 0 ? ENOSPC : errno) }
            done += count
        }
    }

    private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let address = bytes.baseAddress else { return true }
        return zeros.withUnsafeBytes { zeros in
            zeros.baseAddress.map { memcmp(address, $0, bytes.count) == 0 } ?? false
        }
    }
}
