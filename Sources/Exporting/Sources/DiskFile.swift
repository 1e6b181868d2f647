import Failures
import Glibc
import HostSystem
import SystemPackage

/// A file opened for reading with pread(2), from many threads at once.
final class DiskFile: Sendable {
    let path: FilePath
    let descriptor: Int32
    /// Bytes.
    let size: Int

    init(_ path: FilePath) throws(ExportFailure) {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .reading(path, errno) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else {
            let number = errno
            close(descriptor)
            throw .reading(path, number)
        }
        self.path = path
        self.descriptor = descriptor
        self.size = Int(size)
        // The whole file is gone through from front to back, once.
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit { close(descriptor) }

    /// - Returns: how many bytes there were: fewer than asked for only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ExportFailure) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .reading(path, errno) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Big-endian 64-bit numbers, as qcow2 keeps its tables.
    func table(at offset: Int, count: Int) throws(ExportFailure) -> [UInt64] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 8, alignment: 8)
        defer { bytes.deallocate() }
        guard try read(into: bytes, at: offset) == bytes.count else {
            throw ExportFailure(.failed, "\(path) is cut off: a table of it lies beyond its end")
        }
        return bytes.bindMemory(to: UInt64.self).map { UInt64(bigEndian: $0) }
    }
}

extension Failure where Code == ExportFailureCode {
    static func reading(_ path: FilePath, _ number: Int32) -> ExportFailure {
        let failure = HostFailure.systemCall("cannot read \(path)", errno: number)
        return ExportFailure(.failed, failure.message, hint: failure.hint, cause: failure)
    }
}
