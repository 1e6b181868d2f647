import Crypto
import Failures
import FoundationEssentials
import HostSystem
import NIOCore

/// One snapshot in the making, from the blocks that are already there to the complete snapshot.
struct EBSUploadSession: Sendable {
    /// EBS's own advice: a snapshot that was begun a moment ago may be unknown to the server that is asked.
    private static let settling: Duration = .seconds(120)

    let upload: EBSUpload
    let ebs: EBSClient
    let ec2: EC2Client
    let journal: EBSJournal
    let head: EBSJournal.Head
    /// Acknowledged, in this run or an earlier one.
    let present: BlockLedger

    var size: Int { EBSBlock.volumeSize(for: upload.source.virtualSize) }

    /// Takes up the snapshot that the journal tells of; nil where it tells of none, or of another wish.
    static func resume(_ upload: EBSUpload, _ ebs: EBSClient, _ ec2: EC2Client, _ journal: EBSJournal)
        throws(AWSFailure) -> EBSUploadSession?
    {
        guard let (head, blocks) = try journal.read(), head.wish == upload.wish, head.endpoint == ebs.endpoint,
            head.region == ebs.region
        else { return nil }
        var ledger = BlockLedger(blocks: EBSBlock.volumeSize(for: upload.source.virtualSize) * EBSBlock.perGiB)
        for block in blocks {
            guard let digest = Data(base64Encoded: block.sha256), ledger.store(block.block, Array(digest)) else {
                return nil
            }
        }
        try journal.start(head, ledger)
        return EBSUploadSession(upload: upload, ebs: ebs, ec2: ec2, journal: journal, head: head, present: ledger)
    }

    enum Start {
        case pending(EBSUploadSession)
        case completed(UploadedSnapshot)
        /// What the token stands for cannot be used any more.
        case spent
    }

    static func start(
        _ upload: EBSUpload, _ ebs: EBSClient, _ ec2: EC2Client, _ journal: EBSJournal, attempt: Int
    ) async throws(AWSFailure) -> Start {
        let size = EBSBlock.volumeSize(for: upload.source.virtualSize)
        let started = try await ebs.startSnapshot(
            size: size, token: attempt == 1 ? upload.wish : "\(upload.wish)-\(attempt)",
            description: "Kiln image sha256:\(upload.digest)",
            encrypted: upload.kmsKeyARN == nil ? upload.encrypted : true, kmsKeyARN: upload.kmsKeyARN,
            timeout: upload.patience)
        let head = EBSJournal.Head(
            endpoint: ebs.endpoint, region: ebs.region, wish: upload.wish, snapshot: started.snapshotID,
            // The account may encrypt what nobody asked it to.
            skips: upload.skipUnwritten && started.kmsKeyARN == nil,
            started: ebs.service.clock.now().timeIntervalSince1970)
        let session = EBSUploadSession(
            upload: upload, ebs: ebs, ec2: ec2, journal: journal, head: head,
            present: BlockLedger(blocks: size * EBSBlock.perGiB))
        switch started.status {
        case "completed":
            try await ec2.createTags(upload.tags, on: [head.snapshot])
            journal.remove()
            return .completed(session.uploaded(blocks: nil, sent: 0, retries: 0))
        case "error": return .spent
        default:
            try journal.start(head)
            return .pending(session)
        }
    }

    /// Sends what is missing, ends the snapshot, and waits until it is complete.
    func finish(_ progress: @escaping EBSUpload.Progress) async throws(AWSFailure) -> UploadedSnapshot {
        let sent = try await sendMissing(progress)
        do {
            try upload.source.checkUnchanged()
        } catch {
            throw Self.unreadable(error)
        }
        do throws(AWSFailure) {
            try await ebs.completeSnapshot(head.snapshot, blocks: sent.ledger.count, checksum: sent.ledger.checksum)
        } catch {
            // Said of a snapshot that a first, unanswered request completed; EC2 tells which it is.
            guard [.badRequest, .conflict, .notFound].contains(error.code),
                let snapshots = try? await ec2.describeSnapshots(ids: [head.snapshot]),
                snapshots.contains(where: { $0.id == head.snapshot && $0.state == "completed" })
            else { throw error }
        }
        _ = try await ec2.waitUntilCompleted(snapshot: head.snapshot)
        try await ec2.createTags(upload.tags, on: [head.snapshot])
        journal.remove()
        return uploaded(blocks: sent.ledger.count, sent: sent.blocks, retries: sent.retries)
    }

    private func uploaded(blocks: Int?, sent: Int, retries: Int) -> UploadedSnapshot {
        UploadedSnapshot(
            id: head.snapshot, region: ebs.region, size: size, blocks: blocks, blocksSent: sent, retries: retries)
    }

    static func unreadable(_ error: any Error) -> AWSFailure {
        if let failure = error as? AWSFailure { return failure }
        if let failure = error as? any ReportableError {
            return AWSFailure(.file, failure.message, hint: failure.hint, cause: error)
        }
        return AWSFailure(.file, "the disk cannot be read: \(error)", cause: error)
    }

    /// Unknown snapshots are asked for again until so long after the start.
    var patience: Patience? {
        let age = ebs.service.clock.now().timeIntervalSince1970 - head.started
        let left = Self.settling - .seconds(max(0, age))
        return left > .zero ? Patience(codes: ["ResourceNotFoundException"], limit: left) : nil
    }
}
