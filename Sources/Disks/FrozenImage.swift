import Crypto
public import Failures
import Glibc
public import HostSystem
public import SystemPackage

/// An image that does not change any more: read-only, in a folder named by its digest.
public struct FrozenImage: Sendable, Equatable {
    /// SHA-256 of the qcow2 file, 64 hexadecimal digits.
    public var digest: String
    public var disk: FilePath
    public var virtualSize: Int64
    /// Bytes of the file.
    public var size: Int64

    /// Flattens a chain and freezes the result below `KilnHome.images`.
    ///
    /// - Parameters:
    ///   - work: a folder on the same file system as the images, for the file in the making.
    ///   - announce: called with the digest before the image gets its name, for whoever has to know of it in a crash.
    public static func freeze(
        top: FilePath, work: FilePath, home: KilnHome, announce: (String) throws(DiskFailure) -> Void
    ) async throws(DiskFailure) -> FrozenImage {
        let draft = work.appending("image.qcow2.new")
        do throws(DiskFailure) {
            try await QemuImage.flatten(top, to: draft)
            let information = try await QemuImage.information(draft)
            let (digest, size) = try await offPool { () throws(DiskFailure) in
                try onHost { () throws(HostFailure) in
                    chmod(draft.string, 0o444)
                    try DurableFile.sync(draft)
                    return try FileDigest.sha256(draft)
                }
            }
            try announce(digest)
            let (folder, disk) = place(digest, home)
            try onHost { () throws(HostFailure) in
                try Folders.create(folder)
                try DurableFile.rename(draft, to: disk)
            }
            return FrozenImage(digest: digest, disk: disk, virtualSize: information.virtualSize, size: size)
        } catch {
            unlink(draft.string)
            throw error
        }
    }

    /// The image of that digest, where it is there and its content still has it.
    public static func find(_ digest: String, home: KilnHome) async throws(DiskFailure) -> FrozenImage? {
        let disk = place(digest, home).disk
        guard Folders.exists(disk) else { return nil }
        let found = try await offPool { () throws(DiskFailure) in
            try onHost { () throws(HostFailure) in try FileDigest.sha256(disk) }
        }
        guard found.digest == digest else { return nil }
        let size = try await QemuImage.information(disk).virtualSize
        return FrozenImage(digest: digest, disk: disk, virtualSize: size, size: found.size)
    }

    private static func place(_ digest: String, _ home: KilnHome) -> (folder: FilePath, disk: FilePath) {
        let folder = home.images.appending("sha256-\(digest)")
        return (folder, folder.appending("disk.qcow2"))
    }
}

/// SHA-256 of files, in pieces.
public enum FileDigest {
    /// - Returns: 64 hexadecimal digits, and the file's length in bytes.
    public static func sha256(_ file: FilePath) throws(HostFailure) -> (digest: String, size: Int64) {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .systemCall("cannot open \(file)", errno: errno) }
        defer { close(descriptor) }
        var hash = SHA256()
        var size: Int64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .systemCall("cannot read \(file)", errno: errno) }
            if count == 0 { break }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            size += Int64(count)
        }
        return (hash.finalize().hexadecimal, size)
    }
}
