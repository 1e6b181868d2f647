import Failures
import Glibc
import HostSystem
import SystemPackage

/// A bundle as a folder. Links are not followed, and what is no member is refused.
final class FolderContainer: BundleContainer {
    private let folder: FilePath
    private var file: InputFile?
    private var names: Set<String> = []

    init(_ folder: FilePath) { self.folder = folder }

    func head() throws(BundleFailure) -> (index: [UInt8], signature: [UInt8]?) {
        guard Folders.exists(folder.appending(BundleIndex.file)) else {
            throw BundleFailure(
                .damaged, "\(folder) is not a bundle: it has no bundle.json",
                hint: "give what `kiln bundle` has written")
        }
        let index = try open(BundleIndex.file).whole(longest: BundleIndex.longest)
        names = [BundleIndex.file]
        var information = stat()
        guard lstat(folder.appending(BundleIndex.signatureFile).string, &information) == 0 else { return (index, nil) }
        names.insert(BundleIndex.signatureFile)
        return (index, try open(BundleIndex.signatureFile).whole(longest: DetachedSignature.longest))
    }

    func use(_ index: BundleIndex) throws(BundleFailure) {
        let paths = names.union(index.members.map(\.path))
        let folders = Set(index.members.flatMap { MemberPath.folders(of: $0.path) })
        try look(folder, "", files: paths, folders: folders)
    }

    /// - Throws: `BundleFailure` for anything that is neither a member nor a folder of one.
    private func look(_ folder: FilePath, _ prefix: String, files: Set<String>, folders: Set<String>)
        throws(BundleFailure)
    {
        let names = try onHost { () throws(HostFailure) in try Folders.names(in: folder) }
        for name in names {
            let (path, place) = (prefix + name, folder.appending(name))
            var information = stat()
            guard lstat(place.string, &information) == 0 else {
                throw BundleFailure(.damaged, "\(path) cannot be looked at: \(String(cString: strerror(errno)))")
            }
            switch information.st_mode & S_IFMT {
            case S_IFDIR where folders.contains(path): try look(place, "\(path)/", files: files, folders: folders)
            case S_IFREG where files.contains(path): continue
            case S_IFLNK:
                throw BundleFailure(.damaged, "\(path.debugDescription) is a link, which no bundle has")
            default:
                throw BundleFailure(
                    .damaged, "\(path.debugDescription) is no member of the bundle",
                    hint: "remove it, if you know what it is")
            }
        }
    }

    func begin(_ member: BundleIndex.Member) throws(BundleFailure) {
        let new = try open(member.path)
        guard new.size == member.size else {
            throw BundleFailure(
                .damaged, "\(member.path) was changed: it has \(new.size) bytes, not \(member.size)",
                hint: "copy it again")
        }
        file = new
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleFailure) {
        guard let file, try onHost({ () throws(HostFailure) in try file.read(into: buffer) }) == buffer.count else {
            throw BundleFailure(.damaged, "\(file?.path.string ?? "a member") was cut short while it was read")
        }
    }

    func end(_ member: BundleIndex.Member) throws(BundleFailure) { file = nil }

    func finish() throws(BundleFailure) {}

    /// Opens a file below the folder without following a link in any place.
    private func open(_ path: String) throws(BundleFailure) -> InputFile {
        var parts = path.split(separator: "/").map(String.init)
        let last = parts.popLast() ?? path
        var current = Glibc.open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for part in parts where current >= 0 {
            let next = openat(current, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            close(current)
            current = next
        }
        let descriptor = current < 0 ? -1 : openat(current, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        let number = errno
        if current >= 0 { close(current) }
        guard descriptor >= 0 else {
            let isLink = number == ELOOP || number == ENOTDIR
            throw BundleFailure(
                .damaged,
                "\(path) "
                    + (number == ENOENT
                        ? "is missing"
                        : isLink ? "is a link, or below one" : "cannot be read: \(String(cString: strerror(number)))"),
                hint: "copy it again")
        }
        do throws(HostFailure) { return try InputFile(folder.appending(path), descriptor) } catch {
            close(descriptor)
            throw BundleFailure(.damaged, "\(path) is not a regular file", cause: error)
        }
    }
}
