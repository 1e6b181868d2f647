import Crypto
import Failures
import Glibc
import HostSystem
import SystemPackage

/// A regular file that is read from its beginning to its end, a piece at a time.
final class InputFile {
    let path: FilePath
    let size: Int64
    private let descriptor: Int32

    /// What is read at once.
    static let piece = 1 << 20

    convenience init(_ path: FilePath) throws(HostFailure) {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .systemCall("cannot open \(path)", errno: errno) }
        try self.init(path, descriptor)
    }

    /// Takes a descriptor over.
    init(_ path: FilePath, _ descriptor: Int32) throws(HostFailure) {
        (self.path, self.descriptor) = (path, descriptor)
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            size = 0
            throw HostFailure(.io, "\(path) is not a regular file")
        }
        size = Int64(information.st_size)
    }

    deinit { close(descriptor) }

    /// - Returns: fewer bytes than there is room for at the end of the file only.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(HostFailure) -> Int {
        var done = 0
        while done < buffer.count {
            let count = retryingInterrupts {
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            guard count >= 0 else { throw .systemCall("cannot read \(path)", errno: errno) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Reads all of it.
    ///
    /// - Returns: SHA-256 of what was read, and how much that was.
    func copy(
        _ work: Work, to body: (UnsafeRawBufferPointer) throws(BundleFailure) -> Void = { (_) throws(BundleFailure) in }
    ) throws(BundleFailure) -> (digest: String, size: Int64) {
        var hash = SHA256()
        var size: Int64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = try onHost { () throws(HostFailure) in try read(into: buffer) }
            if count == 0 { return (hash.finalize().hexadecimal, size) }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hash.update(bufferPointer: piece)
            try body(piece)
            size += Int64(count)
            try work.did(count)
        }
    }
}
