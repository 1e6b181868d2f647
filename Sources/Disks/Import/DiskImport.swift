public import Failures
import Glibc
import HostSystem
public import SystemPackage

/// A disk that has become an image of Kiln's, in the folder it was made in.
public struct DiskImport: Sendable {
    /// SHA-256 of the qcow2 file, 64 hexadecimal digits.
    public var digest: String
    /// Bytes of the file, and of the disk it holds.
    public var size: Int64
    public var virtualSize: Int64
    public var contents: DiskContents

    /// Converts a disk into a read-only qcow2 file and looks into it, in one session of the appliance.
    ///
    /// - Parameter draft: the file to make; it is on the disk when this returns, and gone when this throws.
    /// - Throws: `DiskFailure`: `notADisk`, `unsupportedSystem`, `inUse` where the source changes meanwhile, `noSpace`,
    ///   `noAppliance`, `cancelled`, `timedOut`.
    public static func run(
        _ source: SourceDisk, to draft: FilePath, settings: ApplianceSettings
    ) async throws(DiskFailure) -> DiskImport {
        do throws(DiskFailure) {
            try await QemuImage.flatten(source.path, format: source.format.rawValue, to: draft, inOrder: true)
            let information = try await QemuImage.information(draft, format: "qcow2")
            let name = source.path.lastComponent?.string ?? source.path.string
            let contents = try await Guestfs.session(
                disk: draft, format: "qcow2", readOnly: true, settings: settings
            ) { (guestfs) throws(DiskFailure) in try guestfs.contents(of: name) }
            let (digest, size) = try await offPool { () throws(DiskFailure) in
                try source.checkUnchanged()
                return try onHost { () throws(HostFailure) in
                    chmod(draft.string, 0o444)
                    try DurableFile.sync(draft)
                    return try FileDigest.sha256(draft)
                }
            }
            return DiskImport(
                digest: digest, size: size, virtualSize: information.virtualSize, contents: contents)
        } catch {
            unlink(draft.string)
            throw error
        }
    }
}

extension SourceDisk {
    /// SHA-256 over the image's files in order: of one file it is the sum that is published beside it.
    public func digest() async throws(DiskFailure) -> String {
        try await offPool { () throws(DiskFailure) in
            try onHost { () throws(HostFailure) in try FileDigest.sha256(files).digest }
        }
    }
}
