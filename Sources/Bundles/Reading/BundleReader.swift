import Crypto
public import Failures
import Glibc
import HostSystem
public import SystemPackage

/// A bundle whose signature has been verified, and whose members are to be.
public struct BundleReader: Sendable {
    public let index: BundleIndex
    public let signer: BundleSigner
    /// `bundle.json` and, where there is one, `bundle.json.sig`, by their names.
    public var headFiles: [String: [UInt8]] {
        var files = [BundleIndex.file: head.index]
        files[BundleIndex.signatureFile] = head.signature
        return files
    }
    /// Bytes of the members.
    public var size: Int64 { index.size }
    /// As they lie in the bundle.
    let head: (index: [UInt8], signature: [UInt8]?)
    private let opened: Opened

    /// Read by one thread after the other: `open`, then `receive` once.
    private final class Opened: @unchecked Sendable {
        var container: (any BundleContainer)?

        init(_ container: any BundleContainer) { self.container = container }
    }

    /// Opens a bundle and verifies its signature.
    ///
    /// - Parameter path: a folder, a file, or a part of one that was split.
    /// - Throws: `BundleFailure`: `untrusted`, `damaged`.
    public static func open(_ path: FilePath, trust: BundleTrust) async throws(BundleFailure) -> BundleReader {
        try await offPool { () throws(BundleFailure) in try BundleReader(path, trust) }
    }

    private init(_ path: FilePath, _ trust: BundleTrust) throws(BundleFailure) {
        let container = try Self.container(path, trust)
        opened = Opened(container)
        (head, index, signer) = try Self.blaming(container) { () throws(BundleFailure) in
            let head = try container.head()
            let signer = try trust.signer(head.signature, of: head.index, named: BundleIndex.file)
            let index = try BundleIndex(head.index)
            try container.use(index)
            return (head, index, signer)
        }
    }

    private static func container(_ path: FilePath, _ trust: BundleTrust) throws(BundleFailure) -> any BundleContainer {
        guard Folders.exists(path) else {
            throw BundleFailure(.unusable, "there is no bundle \(path)", hint: "give a folder, a file, or a first part")
        }
        if Folders.isFolder(path) { return FolderContainer(path) }
        let name = path.lastComponent?.string ?? ""
        let folder = path.removingLastComponent()
        guard let bundle = PartIndex.bundle(ofPart: name) else { return TarContainer(try FileSource(path), name: name) }
        let file = folder.appending(bundle + PartIndex.ending)
        guard Folders.exists(file) else {
            throw BundleFailure(
                .damaged, "\(bundle)\(PartIndex.ending), the index of the parts, is missing beside \(name)",
                hint: "copy it, and \(bundle)\(PartIndex.ending).sig, into the parts' folder")
        }
        let bytes = try small(file, longest: 1 << 20)
        let signature = FilePath("\(file).sig")
        _ = try trust.signer(
            Folders.exists(signature) ? try small(signature, longest: DetachedSignature.longest) : nil, of: bytes,
            named: bundle + PartIndex.ending)
        return TarContainer(try PartSource(try PartIndex(bytes, bundle: bundle), in: folder), name: bundle)
    }

    private static func small(_ file: FilePath, longest: Int) throws(BundleFailure) -> [UInt8] {
        try onHost { () throws(HostFailure) in try InputFile(file) }.whole(longest: longest)
    }

    /// Verifies all there is, once.
    ///
    /// - Parameter place: where a member is written to as it is read: a file that is not there yet; nil: it is only verified.
    ///   Nothing may be made of such a file before this has returned; where this throws, all of them are gone.
    /// - Throws: `BundleFailure`: `damaged`, `noSpace`, `cancelled`.
    public func receive(
        to place: @escaping @Sendable (BundleIndex.Member) -> FilePath? = { _ in nil },
        progress: @escaping BundleProgress = { _, _ in }
    ) async throws(BundleFailure) {
        let work = Work(total: index.size, progress: progress)
        try await work.run { () throws(BundleFailure) in
            guard let container = opened.container else { throw BundleFailure(.failed, "the bundle was read already") }
            try checkRoom(place)
            opened.container = nil
            var written: [FilePath] = []
            do throws(BundleFailure) {
                try Self.blaming(container) { () throws(BundleFailure) in
                    for member in index.members {
                        try container.begin(member)
                        let file = try place(member).map { path throws(BundleFailure) in
                            try onHost { () throws(HostFailure) in try OutputFile(path) }
                        }
                        if let file { written.append(file.path) }
                        try Self.receive(member, from: container, to: file, work)
                    }
                    try container.finish()
                }
            } catch {
                for file in written { unlink(file.string) }
                throw error
            }
        }
    }

    private static func receive(
        _ member: BundleIndex.Member, from container: any BundleContainer, to file: OutputFile?, _ work: Work
    ) throws(BundleFailure) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: InputFile.piece, alignment: 4096)
        defer { buffer.deallocate() }
        var hash = SHA256()
        var rest = member.size
        while rest > 0 {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(rest, Int64(buffer.count)))])
            try container.read(into: piece)
            hash.update(bufferPointer: UnsafeRawBufferPointer(piece))
            try onHost { () throws(HostFailure) in try file?.write(UnsafeRawBufferPointer(piece)) }
            rest -= Int64(piece.count)
            try work.did(piece.count)
        }
        guard hash.finalize().hexadecimal == member.sha256 else {
            throw BundleFailure(
                .damaged, "\(member.path) was changed: its SHA-256 is not the one that bundle.json has",
                hint: "copy it again")
        }
        try container.end(member)
        try onHost { () throws(HostFailure) in try file?.finish() }
    }

    /// Where a bundle of parts is damaged, the part that is tells more than what was found in it.
    private static func blaming<Value>(
        _ container: any BundleContainer, _ body: () throws(BundleFailure) -> Value
    ) throws(BundleFailure) -> Value {
        do throws(BundleFailure) { return try body() } catch {
            if [.damaged, .untrusted].contains(error.code) { try container.blame() }
            throw error
        }
    }
}
