public import SystemPackage

extension FileOperation {
    private struct Request {
        /// In the order of GuestRunner/files.h, from 1.
        var number: UInt32
        var flags: UInt32 = 0
        var mode: UInt32 = 0
        var user: UInt32?
        var group: UInt32?
        var path: FilePath
        var other: [UInt8] = []
        var content: [UInt8] = []
    }

    private static let follow: UInt32 = 1
    private static let recursive: UInt32 = 2
    private static let exclusive: UInt32 = 4
    private static let force: UInt32 = 8
    private static let hasMode: UInt32 = 16
    private static let folder: UInt32 = 32

    /// The payload of the runner's FILE_OPERATION frame.
    var payload: [UInt8] {
        let request = request
        var bytes = RunnerFrame.bytes(request.number) + RunnerFrame.bytes(request.flags)
        bytes += RunnerFrame.bytes(request.mode)
        bytes += RunnerFrame.bytes(request.user ?? .max) + RunnerFrame.bytes(request.group ?? .max)
        return bytes + request.path.bytes + [0] + request.other + [0] + request.content
    }

    private var request: Request {
        switch self {
        case .stat(let path, let following): Request(number: 1, flags: following ? Self.follow : 0, path: path)
        case .list(let path, let recursive): Request(number: 2, flags: recursive ? Self.recursive : 0, path: path)
        case .makeFolder(let path, let attributes, let overwrite): creating(3, path, attributes, overwrite)
        case .write(let path, let content, let attributes, let overwrite):
            creating(4, path, attributes, overwrite, content)
        case .append(let path, let content): Request(number: 5, path: path, content: content)
        case .copyFile(let path, let to, let overwrite): transferring(6, path, to, overwrite)
        case .copyFolder(let path, let to, let overwrite): transferring(7, path, to, overwrite)
        case .moveFile(let path, let to, let overwrite): transferring(8, path, to, overwrite)
        case .moveFolder(let path, let to, let overwrite): transferring(9, path, to, overwrite)
        case .link(let path, let target, let force):
            Request(number: 10, flags: force ? Self.force : 0, path: path, other: Array(target.utf8))
        case .removeFile(let path): Request(number: 11, path: path)
        case .removeFolder(let path, let force): Request(number: 12, flags: force ? Self.force : 0, path: path)
        case .setPermissions(let path, let mode, let scope):
            Request(number: 13, flags: scope.flags(Self.folder, Self.recursive), mode: mode, path: path)
        case .setOwner(let path, let user, let group, let scope):
            Request(
                number: 14, flags: scope.flags(Self.folder, Self.recursive), user: user, group: group, path: path)
        case .recode(let path, let encoding): Request(number: 15, mode: encoding.rawValue, path: path)
        }
    }

    private func creating(
        _ number: UInt32, _ path: FilePath, _ attributes: FileAttributes, _ overwrite: Bool, _ content: [UInt8] = []
    ) -> Request {
        let flags = (overwrite ? 0 : Self.exclusive) | (attributes.permissions == nil ? 0 : Self.hasMode)
        return Request(
            number: number, flags: flags, mode: attributes.permissions ?? 0, user: attributes.user,
            group: attributes.group, path: path, content: content)
    }

    private func transferring(_ number: UInt32, _ path: FilePath, _ to: FilePath, _ overwrite: Bool) -> Request {
        Request(number: number, flags: overwrite ? 0 : Self.exclusive, path: path, other: to.bytes)
    }

    /// What the operation is, for messages: "cannot …".
    var verb: String {
        switch self {
        case .stat, .list: "read"
        case .makeFolder, .write, .link: "create"
        case .append: "append"
        case .copyFile, .copyFolder: "copy"
        case .moveFile, .moveFolder: "move"
        case .removeFile, .removeFolder: "delete"
        case .setPermissions: "set permissions"
        case .setOwner: "set the owner"
        case .recode: "convert"
        }
    }

    /// Reads what the runner put out; nil where it is not as agreed.
    func answer(_ bytes: [UInt8]) -> FileAnswer? {
        switch self {
        case .stat: FileInformation(record: bytes).map { .information($0) }
        case .list: FileEntry.read(bytes).map { .entries($0) }
        default: bytes.isEmpty ? .done : nil
        }
    }
}

extension FileScope {
    fileprivate func flags(_ folder: UInt32, _ recursive: UInt32) -> UInt32 {
        switch self {
        case .file: 0
        case .folder(let isRecursive): folder | (isRecursive ? recursive : 0)
        }
    }
}

extension FilePath {
    /// As the system takes it, which need not be UTF-8.
    public var bytes: [UInt8] {
        withPlatformString { start in Array(UnsafeRawBufferPointer(start: start, count: length)) }
    }

    /// - Parameter bytes: without NUL.
    public init(bytes: some Collection<UInt8>) {
        self = (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
        }
    }
}

extension FileInformation {
    /// u32 kind, permissions, user, group, u64 size; the rest is a link's target.
    init?(record: [UInt8]) {
        let words = RunnerFrame.words(Array(record.prefix(24)))
        guard words.count == 6, let kind = UInt8(exactly: words[0]).flatMap(FileKind.init) else { return nil }
        self.init(
            kind: kind, permissions: words[1], user: words[2], group: words[3],
            size: UInt64(words[4]) | UInt64(words[5]) << 32,
            target: kind == .link ? FilePath(bytes: record.dropFirst(24)) : nil)
    }
}

extension FileEntry {
    /// Records: the kind, the kind it leads to ("-": nothing), the path, NUL.
    static func read(_ bytes: [UInt8]) -> [FileEntry]? {
        guard bytes.last ?? 0 == 0 else { return nil }
        var entries: [FileEntry] = []
        for record in bytes.split(separator: 0) {
            guard record.count > 2, let kind = FileKind(rawValue: record[record.startIndex]) else { return nil }
            let leadsTo = FileKind(rawValue: record[record.startIndex + 1])
            entries.append(FileEntry(path: FilePath(bytes: record.dropFirst(2)), kind: kind, leadsTo: leadsTo))
        }
        return entries
    }
}
