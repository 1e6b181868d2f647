import AWSClient
import Exporting
import Failures
import HostSystem
import SystemPackage

extension AMIMaker {
    /// By the EBS direct API. What is interrupted is gone on with by the next run.
    func sendBlocks() async throws(AWSFailure) -> Snapshot {
        if let found = try await findSnapshot() { return found }
        let disk = try await openDisk()
        defer { disk.close() }
        let blocks: DiskBlocks
        do {
            blocks = try await offPool { try DiskBlocks(disk, of: source) }
        } catch {
            throw Self.local(error)
        }
        var upload = EBSUpload(
            blocks, digest: plan.image.digest,
            journal: options.work.appending("\(plan.image.digest)-\(region.region).blocks"))
        upload.tags = region.tags
        upload.kmsKeyARN = region.kmsKeyID.map(keyARN)
        upload.skipUnwritten = skipsUnwritten && upload.kmsKeyARN == nil
        note("sending the blocks of \(plan.image.label)")
        let (ready, ec2) = (upload, try aws.ec2(region: region.region))
        let snapshot: UploadedSnapshot
        do throws(AWSFailure) {
            snapshot = try await ready.run(try aws.ebs(region: region.region), ec2) { done, total in
                progress("blocks", done, total)
            }
        } catch {
            // Another way is gone: a snapshot that was begun before that became clear is of no use.
            if mayGoAnotherWay(after: .ebs, error) { await Task { try? await ready.abandon(ec2) }.value }
            throw error
        }
        note("the snapshot \(snapshot.id) is complete")
        return Snapshot(id: snapshot.id, size: snapshot.size, isNew: true)
    }

    private func openDisk() async throws(AWSFailure) -> ImageDisk {
        do {
            try Folders.create(options.work)
            return try await ImageDisk.open(source.disk, isRaw: source.isRaw, folder: options.work)
        } catch {
            throw Self.local(error)
        }
    }

    /// What goes wrong on this machine.
    static func local(_ error: any Error) -> AWSFailure {
        switch error {
        case let failure as AWSFailure: failure
        case let failure as ExportFailure where failure.code == .cancelled:
            AWSFailure(.cancelled, failure.message, cause: failure)
        case let failure as HostFailure where failure.code == .cancelled:
            AWSFailure(.cancelled, failure.message, cause: failure)
        case is CancellationError: AWSFailure(.cancelled, "the distribution was cancelled", cause: error)
        case let failure as any ReportableError:
            AWSFailure(.file, failure.message, hint: failure.hint, cause: failure)
        default: AWSFailure(.file, "the image cannot be read: \(error)", cause: error)
        }
    }
}
