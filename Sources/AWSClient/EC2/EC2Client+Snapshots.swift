public import Failures

/// A snapshot as EC2 shows it.
public struct EC2Snapshot: Sendable, Equatable {
    /// "snap-…"
    public let id: String
    /// "pending", "completed", "error", "recoverable", "recovering"
    public let state: String
    /// Why it is in error.
    public let stateMessage: String?
    /// "42%"
    public let progress: String?
    /// GiB
    public let size: Int?
    public let description: String?
    public let isEncrypted: Bool
    public let kmsKeyID: String?
    public let ownerID: String?
    public let tags: [String: String]
}

extension EC2Client {
    /// - Parameter filters: by EC2's names: "tag:Digest", "status".
    public func describeSnapshots(
        ids: [String] = [], owners: [String] = [], filters: [String: [String]] = [:]
    ) async throws(AWSFailure) -> [EC2Snapshot] {
        var form = QueryForm()
        form.set("SnapshotId", list: ids)
        form.set("Owner", list: owners)
        form.setFilters(filters)
        form.set("MaxResults", ids.isEmpty ? Self.pageSize : nil)
        let subject = ids.isEmpty ? "snapshots" : ids.joined(separator: ", ")
        return try await list("DescribeSnapshots", subject, form, by: SnapshotsAnswer.self).map(\.snapshot)
    }

    /// One that is not there is no error.
    public func deleteSnapshot(_ id: String) async throws(AWSFailure) {
        var form = QueryForm()
        form.set("SnapshotId", id)
        do throws(AWSFailure) {
            let _: EC2Empty = try await call("DeleteSnapshot", id, form)
        } catch  where error.code == .notFound {
        }
    }

    /// - Parameter progress: EC2's own words, as "42%".
    /// - Throws: `failedThere` where it ends in error, `timedOut`.
    public func waitUntilCompleted(
        snapshot id: String, _ polling: Polling = Polling(), progress: @Sendable (String) -> Void = { _ in }
    ) async throws(AWSFailure) -> EC2Snapshot {
        try await polling.until("the snapshot \(id) in \(region)", service.clock) {
            () throws(AWSFailure) -> EC2Snapshot? in
            let snapshots: [EC2Snapshot]
            do throws(AWSFailure) {
                snapshots = try await describeSnapshots(ids: [id])
            } catch  where error.code == .notFound {
                return nil
            }
            guard let snapshot = snapshots.first(where: { $0.id == id }) else { return nil }
            if let done = snapshot.progress { progress(done) }
            if snapshot.state == "error" {
                let reason = snapshot.stateMessage.map { ": \($0)" } ?? ""
                throw AWSFailure(.failedThere, "the snapshot \(id) in \(region) ended in error\(reason)")
            }
            return snapshot.state == "completed" ? snapshot : nil
        }
    }
}

private struct SnapshotsAnswer: EC2Page {
    var snapshotSet: XMLItems<SnapshotElement>?
    var nextToken: String?

    var elements: [SnapshotElement] { snapshotSet?.elements ?? [] }
}

struct SnapshotElement: Decodable, Sendable {
    var snapshotId: String
    var status: String?
    var statusMessage: String?
    var progress: String?
    var volumeSize: Int?
    var description: String?
    var encrypted: Bool?
    var kmsKeyId: String?
    var ownerId: String?
    var tagSet: XMLItems<EC2Tag>?

    var snapshot: EC2Snapshot {
        EC2Snapshot(
            id: snapshotId, state: status ?? "unknown", stateMessage: statusMessage, progress: progress,
            size: volumeSize, description: description, isEncrypted: encrypted ?? false, kmsKeyID: kmsKeyId,
            ownerID: ownerId, tags: tagSet?.dictionary ?? [:])
    }
}
