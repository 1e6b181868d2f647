public import Disks
public import Failures
import HostSystem
import SystemPackage

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

    /// Says whether builds may begin on an image. One that is not there is no error.
    public func setUsable(_ isUsable: Bool, built digest: String) async throws(DiskFailure) {
        let lock = try await lock(for: "marking sha256:\(digest.prefix(12))")
        defer { _ = lock }
        guard try findBuilt(digest) != nil else { return }
        let mark = disabledMark(digest)
        do {
            if isUsable { try Folders.remove(mark) } else { try DurableFile.write([UInt8](), to: mark) }
        } catch { throw DiskFailure(error) }
    }

    /// Whether there is an image of that digest that builds may begin on.
    func isUsable(_ digest: String?) -> Bool {
        guard let digest else { return false }
        return Folders.exists(disk(digest)) && !Folders.exists(disabledMark(digest))
    }

    private func disabledMark(_ digest: String) -> FilePath {
        disk(digest).removingLastComponent().appending("disabled")
    }

    private func findBuilt(_ digest: String) throws(DiskFailure) -> ImageEntry? {
        try entries().first { $0.digest == digest && [.built, .unknown].contains($0.kind) }
    }
}
