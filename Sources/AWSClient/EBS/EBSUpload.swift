public import Failures
import FoundationEssentials
import HostSystem
public import SystemPackage

/// Makes a snapshot of a disk through the EBS direct API: many blocks at once, as fast as the service likes, going on where an
/// earlier run was killed, and the same snapshot for the same image every time.
public struct EBSUpload: Sendable {
    public let source: any BlockSource
    /// SHA-256 of the image, hexadecimal. The same digest, size and key stand for the same snapshot.
    public let digest: String
    /// Tells a later run what is stored. Removed when the snapshot is complete; otherwise it stays, and so does the snapshot.
    public let journal: FilePath
    /// Added to the snapshot when it is complete.
    public var tags: [String: String] = [:]
    /// nil for what the account does by default.
    public var encrypted: Bool?
    public var kmsKeyARN: String?
    /// Leaves out blocks that were never written. Only for a snapshot that is not encrypted, in an account that does not
    /// encrypt by default: in one that is, such blocks read as noise.
    public var skipUnwritten = false
    /// Of the whole upload.
    public var limit: Duration = .seconds(6 * 3600)
    /// How long the service keeps the snapshot without hearing of it, minutes, 10 to 4320.
    public var patience = 1440

    public init(_ source: any BlockSource, digest: String, journal: FilePath) {
        self.source = source
        self.digest = digest
        self.journal = journal
    }

    /// Called when a block has been acknowledged, with blocks at the service and blocks in all.
    public typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    /// - Throws: `AWSFailure`: `file`, `busy`, `badRequest`, `signatureRefused`, `accessDenied`, `quota`, `unreachable`,
    ///   `connectionLost`, `service`, `corrupted`, `failedThere`, `timedOut`, `cancelled`. What was stored is kept unless it
    ///   cannot be used again.
    public func run(_ ebs: EBSClient, _ ec2: EC2Client, progress: @escaping Progress = { _, _ in })
        async throws(AWSFailure) -> UploadedSnapshot
    {
        try check()
        let journal = try EBSJournal(journal)
        defer { journal.close() }
        do {
            return try await withDeadline(limit, for: "the upload of \(digest.prefix(12))") {
                try await run(ebs, ec2, journal, progress)
            }
        } catch let failure as HostFailure where failure.code == .timedOut {
            throw AWSFailure(.timedOut, failure.message, hint: Self.kept, cause: failure)
        } catch let failure as AWSFailure {
            // Nothing was begun, or nothing is known of it: an empty journal would only be litter.
            if (try? journal.read()) == nil {
                journal.remove()
                throw failure
            }
            throw AWSFailure(
                failure.code, failure.message, hint: failure.hint.map { "\($0); \(Self.kept)" } ?? Self.kept,
                cause: failure.cause)
        } catch {
            throw AWSFailure(.cancelled, "the upload was cancelled", hint: Self.kept, cause: error)
        }
    }

    /// Gives an unfinished upload up: its snapshot is deleted, and the journal. Without one there is nothing to do.
    public func abandon(_ ec2: EC2Client) async throws(AWSFailure) {
        let journal = try EBSJournal(journal)
        defer { journal.close() }
        if let (head, _) = try journal.read() { try await ec2.deleteSnapshot(head.snapshot) }
        journal.remove()
    }

    private static let kept = "what was sent is kept: the same upload goes on from there"

    private func check() throws(AWSFailure) {
        guard !skipUnwritten || (encrypted != true && kmsKeyARN == nil) else {
            throw AWSFailure(
                .badRequest, "every block of an encrypted snapshot must be sent",
                hint: "those that were never written would read as noise")
        }
        guard (10...4320).contains(patience), source.virtualSize > 0 else {
            throw AWSFailure(.badRequest, "a snapshot of \(source.virtualSize) bytes that waits \(patience) minutes")
        }
    }

    /// What the snapshot is asked for with, so that another wish for the same image is not mistaken for this one.
    var wish: String {
        SigV4.hexDigest(
            of: """
                kiln-1 \(digest) \(source.virtualSize) \(encrypted.map { "\($0)" } ?? "default") \(kmsKeyARN ?? "-") \
                \(skipUnwritten) \(patience)
                """.utf8)
    }

    private func run(_ ebs: EBSClient, _ ec2: EC2Client, _ journal: EBSJournal, _ progress: @escaping Progress)
        async throws(AWSFailure) -> UploadedSnapshot
    {
        if let session = try EBSUploadSession.resume(self, ebs, ec2, journal) {
            do throws(AWSFailure) {
                return try await session.finish(progress)
            } catch  where [.notFound, .badRequest, .conflict].contains(error.code) {
                // Deleted, timed out, or completed just before the earlier run was killed; the next question tells.
                try journal.clear()
            }
        }
        // A snapshot that has ended in error, or was deleted, is what its token stands for from then on.
        for attempt in 1...3 {
            switch try await EBSUploadSession.start(self, ebs, ec2, journal, attempt: attempt) {
            case .completed(let snapshot): return snapshot
            case .spent: continue
            case .pending(let session):
                do throws(AWSFailure) {
                    return try await session.finish(progress)
                } catch  where error.code == .notFound && attempt < 3 {
                    try journal.clear()
                }
            }
        }
        throw AWSFailure(
            .failedThere, "every snapshot begun for the image \(digest.prefix(12)) in \(ebs.region) ended in error",
            hint: "is the key usable there? `aws ec2 describe-snapshots` tells more")
    }
}

/// A complete snapshot of an image.
public struct UploadedSnapshot: Codable, Sendable, Equatable {
    /// "snap-…"
    public let id: String
    public let region: String
    /// GiB
    public let size: Int
    /// That the snapshot has; nil where an earlier run made it.
    public let blocks: Int?
    /// In this run: fewer than `blocks` where an earlier run had sent some.
    public let blocksSent: Int
    /// Blocks that had to be sent again in this run.
    public let retries: Int
}
