public import SystemPackage

/// Something done to the guest's files by the runner itself, so that no program of the guest's is needed for it and no
/// name has to survive a shell; GuestRunner/files.h has the other half.
///
/// Paths are absolute. Each operation is whole or leaves what was there, but for those on folders, which end at the first
/// entry that fails. Folders above a destination are made (0755).
public enum FileOperation: Sendable, Equatable {
    /// Answered with `information`.
    case stat(FilePath, followingLinks: Bool)
    /// Answered with `entries`, in no order.
    case list(FilePath, recursive: Bool)
    /// - overwrite: false: a folder that is there is an error. Its content stays in either case.
    case makeFolder(FilePath, FileAttributes, overwrite: Bool)
    /// A file that is replaced keeps the owner and the permissions that are not given.
    case write(FilePath, [UInt8], FileAttributes, overwrite: Bool)
    /// The file has to be there.
    case append(FilePath, [UInt8])
    /// A new file gets the permissions of its source less the umask and set-user-id bits, as by cp(1).
    case copyFile(FilePath, to: FilePath, overwrite: Bool)
    /// Copies what is in the folder, links as links. With `overwrite` into a folder that may be there: files of the same
    /// name are replaced, others stay.
    case copyFolder(FilePath, to: FilePath, overwrite: Bool)
    /// Owner, permissions, times and extended attributes come along, to other file systems too.
    case moveFile(FilePath, to: FilePath, overwrite: Bool)
    /// As `copyFolder` where the destination is there, and what is moved leaves its place.
    case moveFolder(FilePath, to: FilePath, overwrite: Bool)
    /// The target has to be there, seen from the link's folder.
    /// - force: takes the place of a link, never of anything else.
    case link(FilePath, target: String, force: Bool)
    case removeFile(FilePath)
    /// - force: with what is in it. Links are removed, not followed; a mounted file system is an error.
    case removeFolder(FilePath, force: Bool)
    /// Links that the path leads through are followed, those below it passed over.
    case setPermissions(FilePath, UInt32, scope: FileScope)
    /// Links below the path get the owner themselves.
    case setOwner(FilePath, user: UInt32?, group: UInt32?, scope: FileScope)
    /// Turns UTF-8 into another encoding.
    case recode(FilePath, to: TextEncoding)
}

/// What an operation on owners and permissions reaches, and what its path has to be.
public enum FileScope: Sendable, Equatable {
    case file
    case folder(recursive: Bool)
}

/// The owner and permissions of something new; nil: as the system gives them (root, the umask 022).
public struct FileAttributes: Sendable, Equatable {
    public var permissions: UInt32?
    public var user: UInt32?
    public var group: UInt32?

    public init(permissions: UInt32? = nil, user: UInt32? = nil, group: UInt32? = nil) {
        self.permissions = permissions
        self.user = user
        self.group = group
    }
}

/// What a path is.
public enum FileKind: UInt8, Sendable {
    case file = 102  // "f"
    case folder = 100  // "d"
    case link = 108  // "l"
    /// A pipe, a socket, a device.
    case other = 111  // "o"
}

/// What stat(2) says.
public struct FileInformation: Sendable, Equatable {
    public var kind: FileKind
    /// Without the kind: at most 0o7777.
    public var permissions: UInt32
    public var user: UInt32
    public var group: UInt32
    /// Bytes.
    public var size: UInt64
    /// Of a symbolic link.
    public var target: FilePath?

    public init(
        kind: FileKind, permissions: UInt32, user: UInt32, group: UInt32, size: UInt64, target: FilePath? = nil
    ) {
        self.kind = kind
        self.permissions = permissions
        self.user = user
        self.group = group
        self.size = size
        self.target = target
    }
}

/// One name in a folder.
public struct FileEntry: Sendable, Equatable {
    /// Relative to the folder that was listed.
    public var path: FilePath
    public var kind: FileKind
    /// What a symbolic link leads to; nil where that is nothing. `kind` for all else.
    public var leadsTo: FileKind?

    public init(path: FilePath, kind: FileKind, leadsTo: FileKind?) {
        self.path = path
        self.kind = kind
        self.leadsTo = leadsTo
    }
}

public enum FileAnswer: Sendable, Equatable {
    case done
    case information(FileInformation)
    case entries([FileEntry])
}

/// The errno of a file operation that failed in the guest, as the cause of its `GuestFailure`.
public struct GuestErrno: Error, Sendable, Equatable {
    public let number: Int32
    public init(_ number: Int32) { self.number = number }
}
