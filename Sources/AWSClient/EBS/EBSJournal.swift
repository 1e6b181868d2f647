import Failures
import FoundationEssentials
import Synchronization
import SystemPackage

/// Which blocks of a snapshot are acknowledged, so that an upload that was killed goes on where it stood.
final class EBSJournal: Sendable {
    /// So many lines may be lost with the machine's power; a process that is killed loses none.
    private static let unsynced = 16

    struct Head: Codable, Equatable, Sendable {
        static let current = 1

        var version = current
        var endpoint: String
        var region: String
        /// Of the wish, without the number of the attempt at it.
        var wish: String
        var snapshot: String
        /// Whether blocks that were never written are left out.
        var skips: Bool
        /// Seconds since 1970.
        var started: Double
    }

    struct Block: Codable, Equatable, Sendable {
        var block: Int
        /// SHA-256, base64.
        var sha256: String
    }

    private let lines: LineJournal
    private let count = Mutex(0)

    init(_ path: FilePath) throws(AWSFailure) {
        lines = try LineJournal(
            path,
            busy: AWSFailure(
                .busy, "another kiln process sends the image of \(path)", hint: "wait for it, or end it"))
    }

    /// What an earlier run left; nil where there was none, or nothing that can be trusted. Lines behind a damaged one do not
    /// count: their blocks are sent again.
    func read() throws(AWSFailure) -> (head: Head, blocks: [Block])? {
        let lines = try lines.read()
        guard let head = lines.first?.decoded(as: Head.self), head.version == Head.current else { return nil }
        var blocks: [Block] = []
        for line in lines.dropFirst() {
            guard let block = line.decoded(as: Block.self) else { break }
            blocks.append(block)
        }
        return (head, blocks)
    }

    /// Begins anew, or below `blocks`.
    func start(_ head: Head, _ blocks: BlockLedger? = nil) throws(AWSFailure) {
        try lines.start(head)
        for (block, digest) in blocks?.stored ?? [] { try append(block, digest) }
    }

    func append(_ block: Int, _ digest: [UInt8]) throws(AWSFailure) {
        let isDue = count.withLock {
            $0 += 1
            return $0.isMultiple(of: Self.unsynced)
        }
        try lines.append(Block(block: block, sha256: Data(digest).base64EncodedString()), durably: isDue)
    }

    func clear() throws(AWSFailure) { try lines.clear() }

    func close() { lines.close() }

    func remove() { lines.remove() }
}
