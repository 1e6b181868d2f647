import Failures
import Glibc
import HostSystem
import SystemPackage

/// A hidden, locked folder beside what is to be made. A process that was killed leaves its own unlocked behind; the next one
/// for the same name removes it.
final class BundleDraft: Sendable {
    let output: FilePath
    let name: String
    private let folder: FilePath
    private let lock: FileLock

    /// What gets a name of its own in the end.
    var content: FilePath { folder.appending("content") }

    init(for output: FilePath) throws(BundleFailure) {
        let path = output.isAbsolute ? output : FilePath(KilnHome.currentDirectory).pushing(output)
        self.output = path.lexicallyNormalized()
        guard let name = self.output.lastComponent?.string, self.output.lastComponent?.kind == .regular,
            PartIndex.bundle(ofPart: name) == nil
        else {
            throw BundleFailure(
                .invalidName, "\(output) is no name for a bundle",
                hint: "a name that is not there yet, and does not end as those of parts do")
        }
        self.name = name
        let above = self.output.removingLastComponent()
        folder = above.appending(".\(name).\(getpid())-\(UInt32.random(in: 0 ... .max)).new")
        do throws(HostFailure) {
            try Folders.create(above)
            try Self.sweep(above, name)
            try Folders.create(folder)
            guard let lock = try FileLock.tryAcquire(folder.appending("lock")) else {
                throw HostFailure(.busy, "the new folder \(folder) is locked")
            }
            self.lock = lock
            try Folders.create(folder.appending("content"))
        } catch { throw BundleFailure(error) }
        try checkFree(self.output)
    }

    private static func sweep(_ above: FilePath, _ name: String) throws(HostFailure) {
        for old in try Folders.names(in: above) where old.hasPrefix(".\(name).") && old.hasSuffix(".new") {
            let folder = above.appending(old)
            guard Folders.isFolder(folder), try FileLock.tryAcquire(folder.appending("lock")) != nil else { continue }
            try Folders.remove(folder)
        }
    }

    private func checkFree(_ path: FilePath) throws(BundleFailure) {
        var information = stat()
        guard lstat(path.string, &information) != 0 else {
            discard()
            throw BundleFailure(
                .nameTaken, "\(path) is there already, and is not overwritten",
                hint: "choose another name, or remove it")
        }
    }

    /// Holes of the sources are counted as what they take: they stay holes.
    func checkRoom(for items: [BundleItem], _ index: BundleIndex) throws(BundleFailure) {
        try onHost { () throws(HostFailure) in
            var needed: Int64 = 0
            for (item, member) in zip(items, index.members) {
                if case .file(let file) = item.content {
                    needed += min(member.size, try Folders.allocated(file))
                } else {
                    needed += member.size
                }
            }
            let free = try Folders.freeSpace(at: folder)
            guard free >= UInt64(needed) else {
                throw HostFailure(
                    .noSpace,
                    "\(output.removingLastComponent()) has \(free >> 20) MiB free, and the bundle needs "
                        + "\(needed >> 20) MiB", hint: "free some space, or choose another place with --output")
            }
        }
    }

    /// Gives the whole content the name.
    func publish() throws(BundleFailure) -> FilePath { try publish(content, as: output) }

    /// Gives files of the content names beside each other. If one cannot have its name, none keeps it.
    func publish(files: [String]) throws(BundleFailure) -> [FilePath] {
        var done: [FilePath] = []
        for file in files {
            do throws(BundleFailure) {
                done.append(try publish(content.appending(file), as: output.removingLastComponent().appending(file)))
            } catch {
                for path in done { unlink(path.string) }
                throw error
            }
        }
        return done
    }

    private func publish(_ source: FilePath, as path: FilePath) throws(BundleFailure) -> FilePath {
        try checkFree(path)
        try onHost { () throws(HostFailure) in try DurableFile.rename(source, to: path) }
        return path
    }

    func discard() { try? Folders.remove(folder) }
}
