import Crypto
public import Failures
import HostSystem
public import SystemPackage

/// Writes an image with all that belongs to it as one signed thing.
///
/// The same items, image and key give the same bytes.
public struct BundleWriter: Sendable {
    public enum Form: Sendable, Equatable {
        case folder
        /// A tar archive.
        case file
        /// Files of at most so many bytes.
        case parts(Int64)
    }

    public struct Result: Sendable {
        public let index: BundleIndex
        /// The folder; or the file; or the parts with their index and its signature.
        public let files: [FilePath]
        /// Bytes of the members.
        public let size: Int64
        public let signer: PublicKey?
    }

    private let image: BundleIndex.Image
    private let kilnVersion: String
    private let items: [BundleItem]
    private let key: PrivateKey?

    /// - Parameter key: nil leaves the bundle without a signature.
    public init(image: BundleIndex.Image, kilnVersion: String, items: [BundleItem], key: PrivateKey?) {
        let order = BundleIndex.Role.allCases
        self.items = items.sorted {
            (order.firstIndex(of: $0.role) ?? 0, $0.path) < (order.firstIndex(of: $1.role) ?? 0, $1.path)
        }
        (self.image, self.kilnVersion, self.key) = (image, kilnVersion, key)
    }

    /// Writes it; it has its name only when all of it is on the disk.
    ///
    /// - Parameter output: the folder or the file to make, which must not be there; the beginning of the parts' names.
    /// - Throws: `BundleFailure`: `nameTaken`, `unusable` for a file that is not what it should be, `noSpace`, `cancelled`.
    ///   Nothing is left then.
    public func write(
        to output: FilePath, as form: Form, progress: @escaping BundleProgress = { _, _ in }
    ) async throws(BundleFailure) -> Result {
        let sizes = try items.map { item throws(BundleFailure) in try Self.size(of: item) }
        // What has no known digest is read twice.
        let total = zip(items, sizes).reduce(Int64(0)) { $0 + $1.1 * ($1.0.digest == nil ? 2 : 1) }
        let work = Work(total: total, progress: progress)
        return try await work.run { () throws(BundleFailure) in
            let members = try zip(items, sizes).map { item, size throws(BundleFailure) in
                try Self.member(item, size, work)
            }
            let index = BundleIndex(kilnVersion: kilnVersion, image: image, members: members)
            do throws(BundleFailure) { try index.check() } catch {
                throw BundleFailure(.unusable, error.message, cause: error)
            }
            let draft = try BundleDraft(for: output)
            defer { draft.discard() }
            try draft.checkRoom(for: items, index)
            let archive = try BundleArchive(draft, form, key: key)
            try archive.begin(index)
            for (item, member) in zip(items, members) { try Self.copy(item, member, to: archive, work) }
            return Result(
                index: index, files: try archive.finish(index), size: index.size, signer: key?.publicKey)
        }
    }

    private static func size(of item: BundleItem) throws(BundleFailure) -> Int64 {
        switch item.content {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(let file): try open(file).size
        }
    }

    private static func member(_ item: BundleItem, _ size: Int64, _ work: Work) throws(BundleFailure)
        -> BundleIndex.Member
    {
        let digest: String
        switch (item.digest, item.content) {
        case (let known?, _): digest = known
        case (nil, .bytes(let bytes)):
            digest = SHA256.hash(data: bytes).hexadecimal
            try work.did(bytes.count)
        case (nil, .file(let file)): digest = try open(file).copy(work).digest
        }
        return BundleIndex.Member(
            path: item.path, role: item.role, size: size, sha256: digest, masked: item.isMasked ? true : nil)
    }

    private static func copy(
        _ item: BundleItem, _ member: BundleIndex.Member, to archive: BundleArchive, _ work: Work
    ) throws(BundleFailure) {
        try archive.begin(member)
        switch item.content {
        case .bytes(let bytes):
            try archive.write(bytes)
            try work.did(bytes.count)
        case .file(let file):
            var room = member.size
            let found = try open(file).copy(work) { (piece) throws(BundleFailure) in
                room -= Int64(piece.count)
                if room >= 0 { try archive.write(piece) }
            }
            guard found == (member.sha256, member.size) else {
                throw BundleFailure(
                    .unusable, "\(file) is not what it was: it has the digest \(found.digest), not \(member.sha256)",
                    hint: "export or build it again")
            }
        }
        try archive.end(member)
    }

    private static func open(_ file: FilePath) throws(BundleFailure) -> InputFile {
        do throws(HostFailure) { return try InputFile(file) } catch {
            throw BundleFailure(.unusable, error.message, hint: error.hint, cause: error)
        }
    }
}
