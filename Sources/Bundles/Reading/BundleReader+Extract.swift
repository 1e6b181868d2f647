public import Failures
import HostSystem
public import SystemPackage

extension BundleReader {
    /// Verifies all there is and unpacks it into a folder, which is itself the bundle.
    ///
    /// - Parameter folder: has its name only when all of it is verified and on the disk; must not be there.
    /// - Throws: `BundleFailure` as `receive` does, and `nameTaken`. Nothing is left then.
    public func extract(
        to folder: FilePath, progress: @escaping BundleProgress = { _, _ in }
    ) async throws(BundleFailure) -> FilePath {
        let draft = try BundleDraft(for: folder)
        defer { draft.discard() }
        try onHost { () throws(HostFailure) in
            for (name, bytes) in headFiles { try DurableFile.write(bytes, to: draft.content.appending(name)) }
        }
        try await receive(to: { FilePath("\(draft.content)/\($0.path)") }, progress: progress)
        try onHost { () throws(HostFailure) in try DurableFile.sync(draft.content) }
        return try draft.publish()
    }
}

extension BundleReader {
    /// Whether what is to be written has room, so that it is said now and not after gigabytes.
    ///
    /// - Throws: `BundleFailure` `noSpace`.
    func checkRoom(_ place: (BundleIndex.Member) -> FilePath?) throws(BundleFailure) {
        var (needed, folder) = (Int64(0), FilePath?.none)
        // Raw disks are mostly holes, and are not counted.
        for member in index.members where !member.path.hasSuffix(".raw") {
            guard let file = place(member) else { continue }
            needed += member.size
            folder = folder ?? file.removingLastComponent()
        }
        guard var folder else { return }
        while !Folders.exists(folder), folder.removeLastComponent() {}
        let (there, size) = (folder, needed)
        try onHost { () throws(HostFailure) in
            let free = try Folders.freeSpace(at: there)
            guard free >= UInt64(size) else {
                throw HostFailure(
                    .noSpace, "the bundle needs \(size >> 20) MiB, and \(there) has \(free >> 20) MiB free",
                    hint: "free some space, choose another place with --extract, or point KILN_HOME at a larger disk")
            }
        }
    }
}
