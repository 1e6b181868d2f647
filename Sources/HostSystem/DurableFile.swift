public import Failures
import Glibc
public import SystemPackage

/// Files that are either as they were or as they should be, whenever the process or the machine stops.
public enum DurableFile {
    /// Writes a whole file: temporary file beside it, fsync, rename, fsync of the folder.
    public static func write(_ bytes: some Collection<UInt8>, to path: FilePath, permissions: UInt32 = 0o644)
        throws(HostFailure)
    {
        let temporary = path.removingLastComponent().appending(
            ".\(path.lastComponent?.string ?? "file").\(getpid()).new")
        let descriptor = open(temporary.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions)
        guard descriptor >= 0 else { throw .systemCall("cannot create \(temporary)", errno: errno) }
        do throws(HostFailure) {
            defer { close(descriptor) }
            try writeAll(Array(bytes), to: descriptor, named: path)
            guard fsync(descriptor) == 0 else { throw .systemCall("cannot write \(path)", errno: errno) }
        } catch {
            unlink(temporary.string)
            throw error
        }
        try rename(temporary, to: path)
    }

    /// Moves a finished file or folder to its name, and makes the move survive a power cut.
    public static func rename(_ source: FilePath, to path: FilePath) throws(HostFailure) {
        guard Glibc.rename(source.string, path.string) == 0 else {
            throw .systemCall("cannot move \(source) to \(path)", errno: errno)
        }
        try sync(path.removingLastComponent())
    }

    /// Waits until a file's content (or a folder's list of names) is on the disk.
    public static func sync(_ path: FilePath) throws(HostFailure) {
        let name = path.isEmpty ? "." : path.string
        let descriptor = open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemCall("cannot open \(name)", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .systemCall("cannot write \(name) to disk", errno: errno) }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, named path: FilePath) throws(HostFailure) {
        var offset = 0
        while offset < bytes.count {
            let written = retryingInterrupts {
                bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
                }
            }
            guard written > 0 else { throw .systemCall("cannot write \(path)", errno: errno) }
            offset += written
        }
    }
}
