import AWSClient
import Disks
import Failures

extension AMIMaker {
    /// More attempts than anybody makes by hand: a token that failed once stands for that failure for a day.
    private static let mostAttempts = 20

    /// By S3 and ImportSnapshot.
    func importSnapshot() async throws(AWSFailure) -> Snapshot {
        if let found = try await findSnapshot() { return found }
        let ec2 = try aws.ec2(region: region.region)
        let running = try await ec2.describeImportSnapshotTasks().first {
            $0.tags[DistributedImage.tag] == plan.image.digest && $0.status == "active"
        }
        let done: ImportTask
        if let running {
            note("the import \(running.id) of an earlier run goes on")
            done = try await wait(for: running.id, ec2)
        } else {
            done = try await withObject { object, format throws(AWSFailure) in
                try await begin(ec2) { attempt throws(AWSFailure) in
                    var wish = SnapshotImport(object, format, token: token("import-snapshot", attempt))
                    wish.description = "Kiln image sha256:\(plan.image.digest)"
                    wish.roleName = options.importRole
                    wish.kmsKeyID = region.kmsKeyID
                    wish.tags = [DistributedImage.tag: plan.image.digest]
                    return try await ec2.importSnapshot(wish)
                }
            }
        }
        guard let id = done.snapshotIDs.first else {
            throw AWSFailure(.badAnswer, "the import \(done.id) is completed and names no snapshot")
        }
        let snapshot = try await ec2.waitUntilCompleted(snapshot: id, options.polling)
        try await ec2.createTags(region.tags, on: [id])
        note("imported as the snapshot \(id)")
        return Snapshot(id: id, size: snapshot.size, isNew: true)
    }

    /// By S3 and ImportImage, which names the AMI as it likes: ours is a copy of it.
    func importImage() async throws(AWSFailure) -> (id: String, snapshots: [String]) {
        guard
            let bootMode = plan.image.readiness?.importBootMode.flatMap({
                ImageRegistration.BootMode(rawValue: $0.rawValue)
            })
        else { throw AWSFailure(.badRequest, "ImportImage would not find out how \(plan.image.label) starts") }
        let ec2 = try aws.ec2(region: region.region)
        let done = try await withObject { object, format throws(AWSFailure) in
            try await begin(ec2) { attempt throws(AWSFailure) in
                var wish = ImageImport(
                    disks: [(object, format)], architecture: .x86_64, bootMode: bootMode,
                    token: token("import-image", attempt))
                wish.description = "Kiln image sha256:\(plan.image.digest)"
                wish.roleName = options.importRole
                wish.tags = [DistributedImage.tag: plan.image.digest]
                return try await ec2.importImage(wish)
            }
        }
        guard let imported = done.imageID else {
            throw AWSFailure(.badAnswer, "the import \(done.id) is completed and names no image")
        }
        let image = try await ec2.waitUntilAvailable(image: imported, options.polling)
        var copy = ImageCopy(
            sourceImageID: imported, sourceRegion: region.region, name: region.name, token: token("name \(imported)"))
        copy.description = region.description
        copy.kmsKeyID = region.kmsKeyID
        copy.tags = region.tags
        let id = try await ec2.copyImage(copy)
        try await ec2.createTags(region.tags, on: [id])
        _ = try await ec2.waitUntilAvailable(image: id, options.polling)
        note("imported as \(id), '\(region.name)'")
        try await ec2.deregisterImage(imported)
        for snapshot in image.devices.compactMap(\.snapshotID) { try await ec2.deleteSnapshot(snapshot) }
        return (id, [])
    }

    /// Begins an import and waits for its end; an attempt that failed earlier is made anew.
    private func begin(_ ec2: EC2Client, _ start: (_ attempt: Int) async throws(AWSFailure) -> ImportTask)
        async throws(AWSFailure) -> ImportTask
    {
        for attempt in 1...Self.mostAttempts {
            let task = try await start(attempt)
            // Completed long ago, and the snapshot is gone: or else it would have been found.
            if task.hasEnded || task.status == "deleting" { continue }
            note("\(task.id) has begun")
            return try await wait(for: task.id, ec2)
        }
        throw AWSFailure(
            .failedThere, "\(Self.mostAttempts) imports of \(plan.image.label) have failed",
            hint: "`aws ec2 describe-import-snapshot-tasks` says why")
    }

    private func wait(for id: String, _ ec2: EC2Client) async throws(AWSFailure) -> ImportTask {
        var polling = options.polling
        polling.limit = .seconds(86400)
        do throws(AWSFailure) {
            return try await ec2.waitUntilImported(id, polling) { task in
                progress(task.statusMessage ?? task.status, task.progress ?? 0, 100)
            }
        } catch {
            // Its object is about to be deleted.
            if [.cancelled, .timedOut].contains(error.code) {
                await Task { try? await ec2.cancelImportTask(id, reason: "Kiln was told to end") }.value
            }
            throw error
        }
    }
}
