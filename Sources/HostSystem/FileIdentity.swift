public import Failures
import Glibc
public import SystemPackage

/// What no write to a file leaves as it was: unlike the time in a `FileStamp`, the time of the inode's last change cannot be
/// set by anybody. A copy, a rename and a change of owner differ too, although the content is the same.
public struct FileIdentity: Sendable, Equatable, Codable {
    public var device: UInt64
    public var inode: UInt64
    public var stamp: FileStamp
    /// Nanoseconds since 1970.
    public var changed: Int64

    public init(of file: FilePath) throws(HostFailure) {
        var information = stat()
        guard stat(file.string, &information) == 0 else { throw .systemCall("cannot look at \(file)", errno: errno) }
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
        stamp = FileStamp(information)
        changed = FileStamp.nanoseconds(information.st_ctim)
    }
}
