public import Failures

extension EC2Client {
    public func importSnapshot(_ wanted: SnapshotImport) async throws(AWSFailure) -> ImportTask {
        let answer: SnapshotTask = try await call("ImportSnapshot", "\(wanted.location)", wanted.form)
        return answer.task
    }

    /// - Throws: `badRequest` for what EC2 imports no image of.
    public func importImage(_ wanted: ImageImport) async throws(AWSFailure) -> ImportTask {
        guard wanted.architecture == .x86_64, wanted.bootMode != .uefiPreferred else {
            throw AWSFailure(
                .badRequest, "ImportImage takes x86_64 images that boot by legacy-bios or uefi",
                hint: "import a snapshot, or use the EBS direct API")
        }
        let subject = wanted.disks.map { "\($0.location)" }.joined(separator: ", ")
        let answer: ImageTask = try await call("ImportImage", subject, wanted.form)
        return answer.task
    }

    /// All of the account's where `ids` is empty.
    public func describeImportSnapshotTasks(_ ids: [String] = []) async throws(AWSFailure) -> [ImportTask] {
        var form = QueryForm()
        form.set("ImportTaskId", list: ids)
        return try await list(
            "DescribeImportSnapshotTasks", ids.isEmpty ? "imports" : ids.joined(separator: ", "), form,
            by: SnapshotTasks.self
        ).map(\.task)
    }

    /// All of the account's where `ids` is empty.
    public func describeImportImageTasks(_ ids: [String] = []) async throws(AWSFailure) -> [ImportTask] {
        var form = QueryForm()
        form.set("ImportTaskId", list: ids)
        return try await list(
            "DescribeImportImageTasks", ids.isEmpty ? "imports" : ids.joined(separator: ", "), form,
            by: ImageTasks.self
        ).map(\.task)
    }

    public func cancelImportTask(_ id: String, reason: String? = nil) async throws(AWSFailure) {
        var form = QueryForm()
        form.set("ImportTaskId", id)
        form.set("CancelReason", reason)
        let _: EC2Empty = try await call("CancelImportTask", id, form)
    }

    /// Waits for an import of either kind.
    ///
    /// - Throws: `failedThere` with EC2's reason, `timedOut`.
    public func waitUntilImported(
        _ id: String, _ polling: Polling = Polling(first: .seconds(5), limit: .seconds(86400)),
        progress: @Sendable (ImportTask) -> Void = { _ in }
    ) async throws(AWSFailure) -> ImportTask {
        try await polling.until("the import \(id) in \(region)", service.clock) {
            () throws(AWSFailure) -> ImportTask? in
            let tasks =
                id.hasPrefix("import-ami")
                ? try await describeImportImageTasks([id]) : try await describeImportSnapshotTasks([id])
            guard let task = tasks.first(where: { $0.id == id }) else { return nil }
            progress(task)
            guard task.hasEnded || task.status == "deleting" else { return nil }
            guard task.status == "completed" else {
                let reason = task.statusMessage.map { ": \($0)" } ?? ""
                throw AWSFailure(.failedThere, "the import \(id) in \(region) is \(task.status)\(reason)")
            }
            return task
        }
    }
}

private struct SnapshotTask: Decodable, Sendable {
    var importTaskId: String
    var snapshotTaskDetail: Detail?
    var tagSet: XMLItems<EC2Tag>?

    struct Detail: Decodable, Sendable {
        var status: String?
        var statusMessage: String?
        var progress: String?
        var snapshotId: String?
    }

    var task: ImportTask {
        ImportTask(
            id: importTaskId, status: snapshotTaskDetail?.status ?? "active",
            statusMessage: snapshotTaskDetail?.statusMessage,
            progress: snapshotTaskDetail?.progress.flatMap { Int($0) },
            imageID: nil, snapshotIDs: [snapshotTaskDetail?.snapshotId].compactMap { $0 }.filter { !$0.isEmpty },
            tags: tagSet?.dictionary ?? [:])
    }
}

private struct ImageTask: Decodable, Sendable {
    var importTaskId: String
    var status: String?
    var statusMessage: String?
    var progress: String?
    var imageId: String?
    var snapshotDetailSet: XMLItems<Detail>?
    var tagSet: XMLItems<EC2Tag>?

    struct Detail: Decodable, Sendable {
        var snapshotId: String?
    }

    var task: ImportTask {
        ImportTask(
            id: importTaskId, status: status ?? "active", statusMessage: statusMessage,
            progress: progress.flatMap { Int($0) }, imageID: imageId.flatMap { $0.isEmpty ? nil : $0 },
            snapshotIDs: (snapshotDetailSet?.elements ?? []).compactMap(\.snapshotId).filter { !$0.isEmpty },
            tags: tagSet?.dictionary ?? [:])
    }
}

private struct SnapshotTasks: EC2Page {
    var importSnapshotTaskSet: XMLItems<SnapshotTask>?
    var nextToken: String?

    var elements: [SnapshotTask] { importSnapshotTaskSet?.elements ?? [] }
}

private struct ImageTasks: EC2Page {
    var importImageTaskSet: XMLItems<ImageTask>?
    var nextToken: String?

    var elements: [ImageTask] { importImageTaskSet?.elements ?? [] }
}
