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
    /// - Parameter work: a folder on the same file system as the images, for the file in the making.
    public static func freeze(top: FilePath, work: FilePath, home: KilnHome) async throws(DiskFailure) -> FrozenImage {
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
            let folder = home.images.appending("sha256-\(digest)")
            let disk = folder.appending("disk.qcow2")
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
}
