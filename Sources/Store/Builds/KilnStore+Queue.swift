public import Failures
import Foundation
import GRDB
public import HostSystem

extension KilnStore {
    /// Makes an image, PENDING, and puts its build into the queue.
    public func enqueue(_ build: NewImageBuild, token: ClientToken? = nil) async throws(StoreFailure) -> ImageBuild {
        try await enqueue(build, token, byHand: nil)
    }

    /// - Parameter hand: whose build it is; the queue never sees it then.
    func enqueue(
        _ build: NewImageBuild, _ token: ClientToken?, byHand hand: Hand?
    ) async throws(StoreFailure) -> ImageBuild {
        var image = build.image
        image.state = ImageState.pending.rawValue
        let draft = try ResourceDraft(image, account)
        guard draft.kind == .image else {
            throw StoreFailure(.failed, "what is built is an image, not \(draft.kind.phrase)")
        }
        let request = try JSONText.object(build.request, "the request of a build")
        let (account, now) = (account, now())
        return try await write(token) { db in
            let image = try Self.insert(db, draft, account, at: now)
            try db.execute(
                sql: """
                    INSERT INTO image_build (image_id, sequence, pipeline, is_scheduled, request, queued_at)
                    VALUES (?, (SELECT coalesce(max(sequence), 0) + 1 FROM image_build), ?, ?, ?, ?)
                    """,
                arguments: [image.id, build.pipeline, build.isScheduled, request, now.milliseconds])
            if let hand { try Self.claim(db, image.id, byHand: hand, at: now) }
            try Self.noteState(db, image.resource.arn, from: nil, to: .pending, reason: nil, build.pipeline, at: now)
            if let pipeline = build.pipeline {
                try Self.noteStart(db, of: pipeline, image: image.resource.arn, at: now)
            }
            return try BuildTable.get(db, image.resource.arn).build
        }
    }

    public func build(_ image: String) async throws(StoreFailure) -> ImageBuild? {
        try await read { db in try BuildTable.find(db, image)?.build }
    }

    /// Builds by their states, oldest first.
    public func builds(in states: Set<ImageState>) async throws(StoreFailure) -> [ImageBuild] {
        // The index has those that are underway.
        let condition = states.allSatisfy(\.isUnderway) ? BuildTable.isUnderway : "resource.kind = 'image'"
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(BuildTable.select) WHERE \(condition) AND resource.state IN (\(ResourceTable.marks(states.count)))
                    ORDER BY image_build.sequence, resource.id
                    """, arguments: StatementArguments(states.map(\.rawValue).sorted())
            ).map { try BuildRow($0).build }
        }
    }

    /// Queued, and taken by nobody.
    private static let isWaiting = """
        \(BuildTable.isUnderway) AND resource.state = 'PENDING'
        AND image_build.sequence IS NOT NULL AND image_build.claimed_by IS NULL
        """

    /// Whether there is a build for `claimNext`, whatever its limit says.
    public func isBuildWaiting() async throws(StoreFailure) -> Bool {
        try await read { db in
            try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT EXISTS (
                            SELECT 1 FROM resource JOIN image_build ON image_build.image_id = resource.id
                            WHERE \(Self.isWaiting))
                        """)) ?? false
        }
    }

    /// Takes the oldest build that waits, where fewer than `limit` are claimed; its state stays PENDING.
    public func claimNext(
        by process: ProcessIdentity, limit: Int, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild? {
        let now = now()
        return try await write { db in
            let claimed = try Self.claimedBuilds(db).map(\.build).filter { build in
                !build.isByHand && !build.isAbandoned(at: now)
            }
            guard claimed.count < limit else { return nil }
            let next = try Row.fetchOne(
                db,
                sql: """
                    \(BuildTable.select) WHERE \(Self.isWaiting) ORDER BY image_build.sequence LIMIT 1
                    """
            ).map(BuildRow.init)
            guard let next else { return nil }
            try Self.setClaim(db, next.id, by: process, until: now + lease)
            return try BuildTable.get(db, next.build.image).build
        }
    }
}
