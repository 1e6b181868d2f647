import Failures
import Glibc
import HostSystem
import SystemPackage

/// A file of the user's, open for reading: what is checked is what is read later, unless somebody writes to it.
final class SourceFile {
    /// How a change in the meantime is noticed.
    struct Identity: Equatable, Sendable {
        var device: UInt64
        var number: UInt64
        var size: UInt64
        var seconds: Int
        var nanoseconds: Int
    }

    let path: FilePath
    let identity: Identity
    private let descriptor: Int32

    var size: UInt64 { identity.size }

    /// - Throws: `DiskFailure`: `notADisk` where there is no such file, or what there is is no regular file.
    init(_ path: FilePath) throws(DiskFailure) {
        // A named pipe must not be waited for.
        descriptor = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let failure = HostFailure.systemCall("cannot open \(path)", errno: errno)
            throw DiskFailure(.notADisk, failure.message, hint: "give the path of a qcow2, VMDK or raw disk image")
        }
        self.path = path
        do throws(DiskFailure) {
            identity = try Self.identity(of: descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// At most `count` bytes from `offset`; fewer at the end of the file.
    func read(_ count: Int, at offset: UInt64) throws(DiskFailure) -> Bytes {
        var buffer = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = buffer.withUnsafeMutableBytes {
                pread(
                    descriptor, $0.baseAddress?.advanced(by: filled), count - filled, off_t(clamping: offset) + filled)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw DiskFailure(.systemCall("cannot read \(path)", errno: errno)) }
            if got == 0 { break }
            filled += got
        }
        return Bytes(content: Array(buffer[..<filled]))
    }

    private static func identity(of descriptor: Int32, _ path: FilePath) throws(DiskFailure) -> Identity {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            throw DiskFailure(.systemCall("cannot look at \(path)", errno: errno))
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw DiskFailure(
                .notADisk, "\(path) is not a file", hint: "copy a device into a file first: qemu-img convert -O qcow2")
        }
        return Identity(
            device: UInt64(information.st_dev), number: UInt64(information.st_ino), size: UInt64(information.st_size),
            seconds: information.st_mtim.tv_sec, nanoseconds: information.st_mtim.tv_nsec)
    }
}
