import Crypto
import Failures
import HostSystem
import SystemPackage

/// The files of a bundle while they are written: a folder, or a tar archive in one or more files.
final class BundleArchive {
    private let draft: BundleDraft
    private let form: BundleWriter.Form
    private let key: PrivateKey?
    /// Of the folder, or the part that is written.
    private var file: OutputFile?
    private var parts: [PartIndex.Part] = []
    private var hash = SHA256()
    private var room = Int64.max
    private var limit = Int64.max

    init(_ draft: BundleDraft, _ form: BundleWriter.Form, key: PrivateKey?) throws(BundleFailure) {
        (self.draft, self.form, self.key) = (draft, form, key)
        if case .parts(let size) = form { limit = size }
    }

    private var isFolder: Bool { form == .folder }

    /// Writes `bundle.json` and its signature.
    func begin(_ index: BundleIndex) throws(BundleFailure) {
        if case .parts(let size) = form, index.size / size >= Int64(PartIndex.most) { throw tooMany }
        let bytes = try index.bytes
        guard bytes.count <= BundleIndex.longest else {
            throw BundleFailure(.unusable, "\(index.members.count) members are more than a bundle can have")
        }
        try add(BundleIndex.file, bytes)
        guard let key else { return }
        try add(BundleIndex.signatureFile, try DetachedSignature.sign(bytes, file: BundleIndex.file, by: key))
    }

    func begin(_ member: BundleIndex.Member) throws(BundleFailure) { try begin(member.path, member.size) }

    func end(_ member: BundleIndex.Member) throws(BundleFailure) { try end(size: member.size) }

    private func add(_ path: String, _ bytes: [UInt8]) throws(BundleFailure) {
        try begin(path, Int64(bytes.count))
        try write(bytes)
        try end(size: Int64(bytes.count))
    }

    private func begin(_ path: String, _ size: Int64) throws(BundleFailure) {
        guard isFolder else { return try write(TarHeader.encode(path, size: size)) }
        file = try onHost { () throws(HostFailure) in
            try OutputFile(FilePath(draft.content.string + "/" + path))
        }
    }

    private func end(size: Int64) throws(BundleFailure) {
        guard isFolder else { return try write([UInt8](repeating: 0, count: TarHeader.padding(of: size))) }
        try onHost { () throws(HostFailure) in try file?.finish() }
        file = nil
    }

    func write(_ bytes: [UInt8]) throws(BundleFailure) {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(BundleFailure) in try write(bytes) } }
        try result.get()
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(BundleFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let file = try openFile()
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(min(room, Int64(rest.count)))))
            if limit < .max { hash.update(bufferPointer: piece) }
            try onHost { () throws(HostFailure) in try file.write(piece) }
            if !isFolder { room -= Int64(piece.count) }
            rest = rest.dropFirst(piece.count)
            if room == 0 { try endPart() }
        }
    }

    private func openFile() throws(BundleFailure) -> OutputFile {
        if let file { return file }
        guard parts.count < PartIndex.most else { throw tooMany }
        let name = limit < .max ? PartIndex.name(of: draft.name, part: parts.count + 1) : draft.name
        let new = try onHost { () throws(HostFailure) in try OutputFile(draft.content.appending(name)) }
        (file, room, hash) = (new, limit, SHA256())
        return new
    }

    private var tooMany: BundleFailure {
        BundleFailure(
            .invalidName, "in parts of \(limit) bytes the bundle would have more than \(PartIndex.most)",
            hint: "choose a larger size with --split")
    }

    private func endPart() throws(BundleFailure) {
        guard let file else { return }
        try onHost { () throws(HostFailure) in try file.finish() }
        if limit < .max {
            let name = PartIndex.name(of: draft.name, part: parts.count + 1)
            parts.append(.init(name: name, size: limit - room, sha256: hash.finalize().hexadecimal))
        }
        self.file = nil
    }

    /// Ends the archive and gives the files their names.
    func finish(_ index: BundleIndex) throws(BundleFailure) -> [FilePath] {
        guard !isFolder else {
            try onHost { () throws(HostFailure) in try DurableFile.sync(draft.content) }
            return [try draft.publish()]
        }
        try write([UInt8](repeating: 0, count: TarHeader.end))
        try endPart()
        guard limit < .max else { return try draft.publish(files: [draft.name]) }
        let name = draft.name + PartIndex.ending
        let bytes = try PartIndex(image: index.image, parts: parts).bytes
        var files = parts.map(\.name) + [name]
        try onHost { () throws(HostFailure) in try DurableFile.write(bytes, to: draft.content.appending(name)) }
        if let key {
            let signature = try DetachedSignature.sign(bytes, file: name, by: key)
            files.append("\(name).sig")
            try onHost { () throws(HostFailure) in
                try DurableFile.write(signature, to: draft.content.appending("\(name).sig"))
            }
        }
        return try draft.publish(files: files)
    }
}
