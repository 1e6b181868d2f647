public import Disks
import Failures
import Foundation
import HostSystem
public import SystemPackage

extension ImageLibrary {
    /// Takes an image over from another Kiln under a name, byte for byte: it keeps its digest.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 of the image's file, which is checked again.
    ///   - source: where it comes from, for people.
    ///   - origin: small files that tell of where it comes from, by name; they lie beside the image as long as it is there.
    ///   - settings: asked for when the image is there.
    ///   - receive: writes the image's file; nothing is left where it throws.
    /// - Returns: the record; the one that was there where the same image has the name already.
    /// - Throws: `DiskFailure` as `importDisk` does, and what `receive` and `settings` throw.
    public func adopt(
        as name: String, digest: String, source: String, origin: [String: [UInt8]] = [:], taken: Set<String>,
        replace: Bool,
        settings: () async throws -> ApplianceSettings, report: @Sendable (String) -> Void,
        receive: (_ disk: FilePath) async throws -> Void
    ) async throws -> ImportRecord {
        try Self.check(name, taken: taken)
        // Said now and not after gigabytes.
        let known = try existing(name, digest, replace: replace)
        let (draft, owner) = try await makeDraft()
        defer {
            try? Folders.remove(draft)
            _ = owner
        }
        let disk = draft.appending("disk.qcow2")
        try await receive(disk)
        if let known { return known }
        report("looking for the image's system")
        let imported = try await DiskImport.adopt(disk, settings: try await settings())
        guard imported.digest == digest else {
            throw DiskFailure(
                .notADisk, "the image has the digest \(imported.digest), not \(digest)", hint: "import it again")
        }
        let record = ImportRecord(
            name: name, digest: digest, size: imported.size, virtualSize: imported.virtualSize, source: source,
            sourceFormat: "qcow2", sourceDigest: digest,
            imported: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)),
            contents: imported.contents)
        let kept = try await commit(record, disk, replace: replace)
        for (file, bytes) in origin {
            try DurableFile.write(bytes, to: self.disk(digest).removingLastComponent().appending(file))
        }
        return kept
    }
}
