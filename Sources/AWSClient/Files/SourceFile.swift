import Failures
import Glibc
import HostSystem
import SystemPackage

/// A file being sent: one descriptor, read with pread(2) from many tasks, and the means to notice that it changed.
final class SourceFile: Sendable {
    let path: FilePath
    let identity: Identity
    private let descriptor: Int32

    /// What tells a file from a later one of the same name.
    struct Identity: Codable, Equatable, Sendable {
        /// Bytes.
        var size: Int
        /// Nanoseconds since 1970.
        var modified: Int
        var inode: UInt64
    }

    init(_ path: FilePath) throws(AWSFailure) {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file("cannot open", path, errno) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw AWSFailure(.file, "\(path) is not a file that can be sent")
        }
        self.path = path
        self.descriptor = descriptor
        identity = Identity(information)
    }

    deinit { close(descriptor) }

    var size: Int { identity.size }

    /// - Throws: `file` where the file is not the one that was opened any more.
    func checkUnchanged() throws(AWSFailure) {
        var information = stat()
        guard fstat(descriptor, &information) == 0, Identity(information) == identity else {
            throw AWSFailure(
                .file, "\(path) changed while it was being sent", hint: "send it again when nothing writes to it")
        }
    }

    /// Fills the buffer from `offset`; the file is known to reach that far.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(AWSFailure) {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file("cannot read", path, errno) }
            guard count > 0 else {
                throw AWSFailure(.file, "\(path) was cut to \(offset + done) bytes while it was being sent")
            }
            done += count
        }
    }

    /// Whether the file has no data at `offset`, and where that, or the data, ends (at most `end`).
    func run(at offset: Int, to end: Int) -> (isHole: Bool, end: Int) {
        // The descriptor's position is shared by all tasks and nobody uses it: pread has its own.
        SparseRuns.run(of: descriptor, at: offset, to: end)
    }
}

extension SourceFile.Identity {
    init(_ information: stat) {
        size = Int(information.st_size)
        modified = Int(information.st_mtim.tv_sec) * 1_000_000_000 + Int(information.st_mtim.tv_nsec)
        inode = UInt64(information.st_ino)
    }
}

extension AWSFailure {
    static func file(_ action: String, _ path: FilePath, _ number: Int32) -> AWSFailure {
        let failure = HostFailure.systemCall("\(action) \(path)", errno: number)
        return AWSFailure(.file, failure.message, hint: failure.hint, cause: failure)
    }
}
