public import Failures
import Glibc
public import SystemPackage

/// What tells that a large file is still the one that was written: its length, and when it was last changed.
public struct FileStamp: Sendable, Equatable, Codable {
    public var bytes: Int64
    /// Nanoseconds since 1970.
    public var modified: Int64

    public init(of file: FilePath) throws(HostFailure) {
        var information = stat()
        guard stat(file.string, &information) == 0 else { throw .systemCall("cannot look at \(file)", errno: errno) }
        self.init(information)
    }

    init(_ information: stat) {
        bytes = Int64(information.st_size)
        modified = Self.nanoseconds(information.st_mtim)
    }

    static func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) }
}
