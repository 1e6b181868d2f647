public import Failures
import Glibc
import HostSystem
public import SystemPackage

extension DiskImport {
    /// Looks into a qcow2 file that is to become an image as it is, checked as any disk that a user gives.
    ///
    /// - Throws: `DiskFailure` as `run` does.
    public static func adopt(_ disk: FilePath, settings: ApplianceSettings) async throws(DiskFailure) -> DiskImport {
        let source = try await SourceDisk.examine(disk)
        guard source.format == .qcow2 else {
            throw DiskFailure(.notADisk, "the image is \(source.formatName), and an image of Kiln's is qcow2")
        }
        let virtualSize = try await QemuImage.information(disk, format: "qcow2").virtualSize
        let contents = try await Guestfs.session(
            disk: disk, format: "qcow2", readOnly: true, settings: settings
        ) { (guestfs) throws(DiskFailure) in try guestfs.contents(of: "the image") }
        let (digest, size) = try await offPool { () throws(DiskFailure) in
            try source.checkUnchanged()
            return try onHost { () throws(HostFailure) in
                chmod(disk.string, 0o444)
                try DurableFile.sync(disk)
                return try FileDigest.sha256(disk)
            }
        }
        return DiskImport(digest: digest, size: size, virtualSize: virtualSize, contents: contents)
    }
}
