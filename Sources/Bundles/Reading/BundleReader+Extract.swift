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
            let free = try Folders.freeSpace(at: draft.content)
            guard free >= UInt64(index.sizeOnDisk) else {
                throw HostFailure(
                    .noSpace,
                    "\(folder) needs \(index.sizeOnDisk >> 20) MiB, and its file system has \(free >> 20) MiB",
                    hint: "free some space, or choose another place")
            }
            for (name, bytes) in headFiles { try DurableFile.write(bytes, to: draft.content.appending(name)) }
        }
        try await receive(to: { FilePath("\(draft.content)/\($0.path)") }, progress: progress)
        try onHost { () throws(HostFailure) in try DurableFile.sync(draft.content) }
        return try draft.publish()
    }
}

extension BundleIndex {
    /// Raw artifacts are mostly holes, and are not counted.
    fileprivate var sizeOnDisk: Int64 {
        members.filter { $0.role != .artifact || !$0.path.hasSuffix(".raw") }.reduce(0) { $0 + $1.size }
    }
}
