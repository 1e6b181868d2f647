public import Disks
public import Failures
import HostSystem

/// Images of builds by their digest, whatever names they have.
extension ImageLibrary {
    /// Why `removeBuilt` would refuse; nil: it would not.
    ///
    /// - Throws: `DiskFailure` where that cannot be told.
    public func obstacle(toRemovingBuilt digest: String) throws(DiskFailure) -> DiskFailure? {
        guard let entry = try findBuilt(digest) else { return nil }
        do throws(DiskFailure) {
            try checkUnused(entry, force: false)
            try checkNoBase(entry)
        } catch  where error.code == .inUse {
            return error
        }
        return nil
    }

    /// Removes the image of a build; one that is not there is no error.
    ///
    /// - Throws: `DiskFailure`: `inUse`.
    public func removeBuilt(_ digest: String) async throws(DiskFailure) {
        let lock = try await lock(for: "removing sha256:\(digest.prefix(12))")
        defer { _ = lock }
        try sweepDrafts()
        guard let entry = try findBuilt(digest) else { return }
        try checkUnused(entry, force: false)
        try checkNoBase(entry)
        try await discard(entry)
    }

    /// Says whether other builds may begin on the image of a build. One that is not there is no error.
    public func setUsable(_ isUsable: Bool, build: String) throws(DiskFailure) {
        let folder = BuildFolder(home: home, id: build)
        guard folder.load() != nil else { return }
        do {
            if isUsable {
                try Folders.remove(folder.disabled)
            } else {
                try DurableFile.write([UInt8](), to: folder.disabled)
            }
        } catch { throw DiskFailure(error) }
    }

    /// Whether other builds may begin on the image of a build, which another build that found nothing changed may have as well.
    func isUsable(_ build: BuildRecord) -> Bool {
        guard let digest = build.image else { return false }
        return Folders.exists(disk(digest)) && !Folders.exists(BuildFolder(home: home, id: build.id).disabled)
    }

    private func findBuilt(_ digest: String) throws(DiskFailure) -> ImageEntry? {
        try entries().first { $0.digest == digest && [.built, .unknown].contains($0.kind) }
    }
}
