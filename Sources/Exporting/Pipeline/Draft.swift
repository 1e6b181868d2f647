import Failures
import Glibc
import HostSystem
import SystemPackage

/// A file in the making: hidden, locked, and gone unless it is published.
///
/// A run that was killed leaves its drafts unlocked behind; the next export of the same name removes them.
final class Draft: Sendable {
    let path: FilePath
    let descriptor: Int32
    private let target: FilePath

    /// - Parameter file: the name that it gets when it is whole.
    init(for file: String, in folder: FilePath) throws(HostFailure) {
        for name in try Folders.names(in: folder) where name.hasPrefix(".\(file).") && name.hasSuffix(".new") {
            Self.removeOrphan(folder.appending(name))
        }
        target = folder.appending(file)
        path = folder.appending(".\(file).\(getpid())-\(UInt32.random(in: 0 ..< .max)).new")
        descriptor = open(path.string, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .systemCall("cannot create \(path)", errno: errno) }
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit { close(descriptor) }

    /// Waits until the content is on the disk.
    func sync() throws(HostFailure) {
        guard fsync(descriptor) == 0 else { throw .systemCall("cannot write \(path)", errno: errno) }
    }

    /// Gives the file its name.
    func publish() throws(HostFailure) { try DurableFile.rename(path, to: target) }

    func discard() { unlink(path.string) }

    private static func removeOrphan(_ path: FilePath) {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path.string) }
    }
}

extension Draft {
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(HostFailure) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .systemCall("cannot write \(path)", errno: errno) }
            done += count
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(HostFailure) {
        var failure: HostFailure?
        bytes.withUnsafeBytes { bytes in
            do throws(HostFailure) { try write(bytes, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
