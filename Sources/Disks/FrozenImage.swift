public import Failures
import Glibc
public import HostSystem
public import SystemPackage

/// An image that does not change any more: read-only, in a folder named by its digest.
///
///     images/sha256-<digest>/disk.qcow2     whole in itself, or what differs from what it lies on
///     images/sha256-<digest>/base.json      of the latter: `ImageBase`
///     images/sha256-<digest>/packages.json  what is installed in it, where somebody has looked: `PackageList`
public struct FrozenImage: Sendable, Equatable {
    /// SHA-256 of the qcow2 file, 64 hexadecimal digits.
    public var digest: String
    public var disk: FilePath
    public var virtualSize: Int64
    /// Bytes of the file.
    public var size: Int64

    /// Makes one file of a chain and freezes it below `KilnHome.images`. A power cut may still take it: `makeDurable` may
    /// run beside what is done with it next, and must have ended before anything says that the image is good.
    ///
    /// - Parameters:
    ///   - top: of the chain; it is changed where the image lies on a base.
    ///   - ground: what the image is to lie on, which stays as long as the image does; nil: it is whole in itself.
    ///   - work: a folder on the same file system as the images, for the file in the making.
    ///   - announce: called with the digest before the image gets its name, for whoever has to know of it in a crash.
    public static func freeze(
        top: FilePath, on ground: ImageGround? = nil, work: FilePath, home: KilnHome,
        announce: (String) throws(DiskFailure) -> Void
    ) async throws(DiskFailure) -> FrozenImage {
        let draft = work.appending("image.qcow2.new")
        do throws(DiskFailure) {
            if let ground {
                try await ground.merge(top, to: draft)
            } else {
                try await QemuImage.flatten(top, to: draft)
            }
            chmod(draft.string, 0o444)
            // Beside the digest, which takes longer.
            let looking = Task { () async -> Result<QemuImage.Information, DiskFailure> in
                do throws(DiskFailure) { return .success(try await QemuImage.information(draft)) } catch {
                    return .failure(error)
                }
            }
            let (digest, size) = try await offPool { () throws(DiskFailure) in
                try onHost { () throws(HostFailure) in try FileDigest.sha256(draft) }
            }
            let virtualSize = try await looking.value.get().virtualSize
            try announce(digest)
            let (folder, disk) = place(digest, home)
            try onHost { () throws(HostFailure) in
                try Folders.create(folder)
                if let ground { try JSONRecord.write(ground.base, to: ImageBase.file(of: disk)) }
                guard rename(draft.string, disk.string) == 0 else {
                    throw .systemCall("cannot move \(draft) to \(disk)", errno: errno)
                }
            }
            return FrozenImage(digest: digest, disk: disk, virtualSize: virtualSize, size: size)
        } catch {
            unlink(draft.string)
            throw error
        }
    }

    /// Waits until the image, and its name, are on the disk.
    public func makeDurable() async throws(DiskFailure) {
        try await offPool { [disk] () throws(DiskFailure) in
            try onHost { () throws(HostFailure) in
                try DurableFile.sync(disk)
                try DurableFile.sync(disk.removingLastComponent())
                try DurableFile.sync(disk.removingLastComponent().removingLastComponent())
            }
        }
    }

    /// The image of that digest, where it is there and its content still has it.
    public static func find(_ digest: String, home: KilnHome) async throws(DiskFailure) -> FrozenImage? {
        guard let image = named(digest, home: home) else { return nil }
        return try await isWhole(image.disk, digest) ? image : nil
    }

    private static func isWhole(_ disk: FilePath, _ digest: String) async throws(DiskFailure) -> Bool {
        var next: (disk: FilePath, digest: String)? = (disk, digest)
        while let (file, wanted) = next {
            guard Folders.exists(file) else { return false }
            let found = try await offPool { () throws(DiskFailure) in
                try onHost { () throws(HostFailure) in try FileDigest.sha256(file) }
            }
            guard found.digest == wanted else { return false }
            next = ImageBase(of: file).map { (FilePath($0.disk), $0.digest) }
            if next == nil, QemuImage.hasBackingFile(file) { return false }
        }
        return true
    }

    /// The image of that digest as its folder has it, its content not looked at; nil where there is none.
    public static func named(_ digest: String, home: KilnHome) -> FrozenImage? {
        let disk = place(digest, home).disk
        guard let virtualSize = QemuImage.virtualSize(ofQcow2: disk), let stamp = try? FileStamp(of: disk) else {
            return nil
        }
        return FrozenImage(digest: digest, disk: disk, virtualSize: virtualSize, size: stamp.bytes)
    }

    private static func place(_ digest: String, _ home: KilnHome) -> (folder: FilePath, disk: FilePath) {
        let folder = home.images.appending("sha256-\(digest)")
        return (folder, folder.appending("disk.qcow2"))
    }
}
