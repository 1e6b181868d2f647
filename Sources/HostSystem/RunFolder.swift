public import Failures
import Glibc
public import SystemPackage

/// A folder for the sockets of one guest or appliance: its path is short, for a socket's may have 107 bytes only, it is
/// open to this user alone, and its name tells its owner.
public enum RunFolder {
    static let prefix = "kiln-run-"
    /// A folder with this file in it outlives its owner; whoever wrote the file ends it.
    private static let keptName = "kept.json"

    public static func make() throws(HostFailure) -> FilePath {
        var template = Array("/tmp/\(prefix)\(ProcessIdentity.current)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .systemCall("cannot make a folder in /tmp", errno: errno) }
        return FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// The file that keeps a folder for longer than its owner lives.
    public static func keeper(of folder: FilePath) -> FilePath { folder.appending(keptName) }

    /// This user's folders that are kept.
    public static func kept() -> [FilePath] {
        ((try? Folders.names(in: "/tmp")) ?? []).filter { $0.hasPrefix(prefix) }
            .map { FilePath("/tmp").appending($0) }
            .filter { Folders.exists(keeper(of: $0)) && isOwn($0) }
    }

    private static func isOwn(_ folder: FilePath) -> Bool {
        var information = stat()
        return lstat(folder.string, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
            && information.st_uid == geteuid()
    }

    /// A file that names a folder elsewhere which goes with this one: of a library that takes no other place.
    public static let besideName = "beside"

    /// Removes the folders of processes that are gone; one that was killed could not do so itself.
    ///
    /// - Parameter spared: paths that are still wanted; the folders that they are, or are in, stay.
    public static func sweep(sparing spared: [String] = []) {
        for name in (try? Folders.names(in: "/tmp")) ?? [] where name.hasPrefix(prefix) {
            let owner = name.dropFirst(prefix.count).split(separator: "-").prefix(4).joined(separator: "-")
            guard let owner = ProcessIdentity(owner), owner.isGone else { continue }
            let folder = FilePath("/tmp").appending(name)
            guard isOwn(folder), !Folders.exists(keeper(of: folder)) else { continue }
            if spared.contains(where: { $0 == folder.string || $0.hasPrefix("\(folder)/") }) { continue }
            if let beside = try? Folders.read(folder.appending(besideName)) {
                let other = FilePath(String(decoding: beside, as: UTF8.self))
                // A folder of a library's below /tmp and nothing else, whoever wrote that file.
                if other.removingLastComponent() == "/tmp", other.lastComponent?.string.hasPrefix("libguestfs") == true
                {
                    try? Folders.remove(other)
                }
            }
            try? Folders.remove(folder)
        }
    }
}
