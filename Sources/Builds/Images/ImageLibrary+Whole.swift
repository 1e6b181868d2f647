public import Disks
public import Failures
import HostSystem
public import SystemPackage

extension ImageLibrary {
    /// An image's disk as one file that reads from no other.
    public final class WholeDisk: Sendable {
        public let disk: FilePath
        /// SHA-256 of that file.
        public let digest: String
        /// Of a copy, which goes with this.
        private let draft: (folder: FilePath, owner: FileLock)?

        init(_ disk: FilePath, _ digest: String, _ draft: (FilePath, FileLock)? = nil) {
            (self.disk, self.digest, self.draft) = (disk, digest, draft)
        }

        /// Whether the image itself is another file.
        public var isCopy: Bool { draft != nil }

        deinit {
            if let draft { try? Folders.remove(draft.folder) }
        }
    }

    /// Copies an image that has only what differs from its parent; one that is whole is taken as it is.
    ///
    /// - Throws: `DiskFailure`: `noSpace`, `cancelled`, `commandFailed`.
    public func whole(_ entry: ImageEntry) async throws(DiskFailure) -> WholeDisk {
        let disk = FilePath(entry.disk)
        guard QemuImage.hasBackingFile(disk) else { return WholeDisk(disk, entry.digest) }
        let draft = try await makeDraft()
        do throws(DiskFailure) {
            let copy = draft.0.appending("disk.qcow2")
            // The same image gives the same file.
            try await QemuImage.flatten(disk, to: copy, inOrder: true)
            let digest = try await offPool { () throws(DiskFailure) in
                do throws(HostFailure) { return try FileDigest.sha256(copy).digest } catch { throw DiskFailure(error) }
            }
            return WholeDisk(copy, digest, draft)
        } catch {
            try? Folders.remove(draft.0)
            throw error
        }
    }
}
