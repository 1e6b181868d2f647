public import Failures
import Glibc
public import SystemPackage

/// What no write to a file leaves as it was: unlike the time in a `FileStamp`, the time of the inode's last change cannot be
/// set by anybody. A copy, a rename and a change of owner differ too, although the content is the same.
public struct FileIdentity: Sendable, Equatable, Codable {
    public var device: UInt64
    public var inode: UInt64
    public var bytes: Int64
    /// Nanoseconds since 1970.
    public var modified: Int64
    public var changed: Int64

    public init(of file: FilePath) throws(HostFailure) {
        var information = stat()
        guard stat(file.string, &information) == 0 else { throw .systemCall("cannot look at \(file)", errno: errno) }
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
        bytes = Int64(information.st_size)
        modified = Int64(information.st_mtim.tv_sec) * 1_000_000_000 + Int64(information.st_mtim.tv_nsec)
        changed = Int64(information.st_ctim.tv_sec) * 1_000_000_000 + Int64(information.st_ctim.tv_nsec)
    }
}
