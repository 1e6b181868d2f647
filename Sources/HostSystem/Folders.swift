public import Failures
import Glibc
public import SystemPackage

/// Folders and files by path, with errors that name them.
public enum Folders {
    /// Makes a folder and those above it; one that exists is left as it is.
    public static func create(_ path: FilePath, permissions: UInt32 = 0o755) throws(HostFailure) {
        if mkdir(path.string, permissions) == 0 { return }
        let number = errno
        if number == EEXIST { return }
        guard number == ENOENT, !path.removingLastComponent().isEmpty else {
            throw .systemCall("cannot make the folder \(path)", errno: number)
        }
        try create(path.removingLastComponent(), permissions: permissions)
        guard mkdir(path.string, permissions) == 0 || errno == EEXIST else {
            throw .systemCall("cannot make the folder \(path)", errno: errno)
        }
    }

    /// Removes a file or a whole folder; one that is not there is no error. Symbolic links are removed, not followed.
    public static func remove(_ path: FilePath) throws(HostFailure) {
        var information = stat()
        guard lstat(path.string, &information) == 0 else {
            if errno == ENOENT { return }
            throw .systemCall("cannot look at \(path)", errno: errno)
        }
        if information.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove(path.appending(name)) }
            guard rmdir(path.string) == 0 || errno == ENOENT else {
                throw .systemCall("cannot remove the folder \(path)", errno: errno)
            }
        } else {
            guard unlink(path.string) == 0 || errno == ENOENT else {
                throw .systemCall("cannot remove \(path)", errno: errno)
            }
        }
    }

    /// The names in a folder, sorted; none where the folder does not exist.
    public static func names(in path: FilePath) throws(HostFailure) -> [String] {
        guard let stream = opendir(path.string) else {
            if errno == ENOENT { return [] }
            throw .systemCall("cannot read the folder \(path)", errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

    /// Bytes that a file takes on its disk: holes take none.
    public static func allocated(_ path: FilePath) throws(HostFailure) -> Int64 {
        var information = stat()
        guard stat(path.string, &information) == 0 else { throw .systemCall("cannot look at \(path)", errno: errno) }
        return Int64(information.st_blocks) * 512
    }

    /// Whether there is a folder of that name, or a link to one.
    public static func isFolder(_ path: FilePath) -> Bool {
        var information = stat()
        return stat(path.string, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// A whole small file.
    public static func read(_ path: FilePath) throws(HostFailure) -> [UInt8] {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemCall("cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = retryingInterrupts { Glibc.read(descriptor, &buffer, buffer.count) }
            guard count >= 0 else { throw .systemCall("cannot read \(path)", errno: errno) }
            if count == 0 { return content }
            content.append(contentsOf: buffer[..<count])
        }
    }

    /// Bytes that an ordinary user may still write on the file system that holds `path`.
    public static func freeSpace(at path: FilePath) throws(HostFailure) -> UInt64 {
        var information = statvfs()
        guard statvfs(path.string, &information) == 0 else {
            throw .systemCall("cannot look at the file system of \(path)", errno: errno)
        }
        return UInt64(information.f_bavail) * UInt64(information.f_frsize)
    }
}
