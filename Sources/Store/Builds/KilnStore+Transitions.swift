public import Failures
public import Foundation
import GRDB
public import HostSystem

extension KilnStore {
    /// Leads an image into its next state; one that ends the build ends the claim.
    ///
    /// - Parameters:
    ///   - document: takes the place of the image's document (with its output resources, say).
    ///   - process: whose claim it is. Nil: of nobody, for images that are not being built and for abandoned builds.
    /// - Throws: `invalidState` for a state that does not follow, `claimLost`.
    public func transition(
        _ image: String, to state: ImageState, reason: String? = nil, document: Data? = nil,
        by process: ProcessIdentity? = nil
    ) async throws(StoreFailure) -> ImageBuild {
        let (account, now) = (account, now())
        return try await write { db in
            let row = try BuildTable.get(db, image)
            try Self.requireClaim(row.build, by: process, at: now)
            guard row.build.state.canBecome(state, isResumed: row.build.attempt > 1) else {
                throw StoreFailure(
                    .invalidState(row.build.state.rawValue),
                    "\(image) is \(row.build.state.rawValue), which \(state.rawValue) does not follow")
            }
            if let document {
                _ = try Self.apply(db, ResourceUpdate(image, document: document), account, at: now)
            }
            try Self.enter(db, row, state, reason: reason, at: now)
            return try BuildTable.get(db, image).build
        }
    }

    /// Ends a build: at once while nobody has it, else whoever has it sees `isCancelRequested`.
    ///
    /// - Throws: `invalidState` for a build that is over.
    public func requestCancel(
        _ image: String, reason: String? = nil, token: ClientToken? = nil
    ) async throws(StoreFailure) -> ImageBuild {
        let now = now()
        return try await write(token) { db in
            let row = try BuildTable.get(db, image)
            guard row.build.state.isUnderway else { throw Self.notUnderway(row.build) }
            if row.build.claim == nil {
                try Self.enter(db, row, .cancelled, reason: reason, at: now)
            } else if !row.build.isCancelRequested {
                try db.execute(
                    sql: "UPDATE image_build SET is_cancel_requested = 1, cancel_reason = ? WHERE image_id = ?",
                    arguments: [reason, row.id])
                try Self.note(
                    db, .cancelRequested, image, image: image, ["image": image, "reason": reason], at: now)
            }
            return try BuildTable.get(db, image).build
        }
    }

    /// Puts a failed or cancelled build back into the queue, as the same image.
    public func retry(_ image: String, token: ClientToken? = nil) async throws(StoreFailure) -> ImageBuild {
        try await retry(image, token, byHand: nil)
    }

    /// - Parameter hand: whose build it is; the queue never sees it then.
    func retry(
        _ image: String, _ token: ClientToken?, byHand hand: Hand?
    ) async throws(StoreFailure) -> ImageBuild {
        let now = now()
        return try await write(token) { db in
            let row = try BuildTable.get(db, image)
            guard [.failed, .cancelled].contains(row.build.state) else {
                throw StoreFailure(
                    .invalidState(row.build.state.rawValue),
                    "\(image) is \(row.build.state.rawValue): only what failed or was cancelled is built again")
            }
            try Self.enqueueAgain(db, row, reason: nil, at: now)
            if let hand { try Self.claim(db, row.id, byHand: hand, at: now) }
            return try BuildTable.get(db, image).build
        }
    }

    /// Puts an abandoned build back into the queue, or ends it where that was asked for.
    public func requeue(_ image: String, reason: String) async throws(StoreFailure) -> ImageBuild {
        let now = now()
        return try await write { db in
            let row = try BuildTable.get(db, image)
            guard row.build.state.isUnderway else { throw Self.notUnderway(row.build) }
            try Self.requireClaim(row.build, by: nil, at: now)
            if row.build.isCancelRequested {
                try Self.enter(db, row, .cancelled, reason: row.build.cancelReason, at: now)
            } else {
                try Self.enqueueAgain(db, row, reason: reason, at: now)
            }
            return try BuildTable.get(db, image).build
        }
    }

    private static func enqueueAgain(_ db: Database, _ row: BuildRow, reason: String?, at now: Date) throws {
        let count = try Int.fetchOne(
            db, sql: "SELECT count(*) FROM image_build WHERE image_id = ?", arguments: [row.id])
        guard count == 1 else {
            throw StoreFailure(
                .invalidState(row.build.state.rawValue),
                "\(row.build.image) was not built here, and can't be built again")
        }
        try setState(db, row, .pending, reason: reason, at: now)
        try db.execute(
            sql: """
                UPDATE image_build SET attempt = attempt + 1, claimed_by = NULL, lease_ends = NULL, started_at = NULL,
                    ended_at = NULL, is_cancel_requested = 0, cancel_reason = NULL, is_counted = 0, is_by_hand = 0
                WHERE image_id = ?
                """, arguments: [row.id])
    }

    private static func enter(
        _ db: Database, _ row: BuildRow, _ state: ImageState, reason: String?, at now: Date
    ) throws {
        try setState(db, row, state, reason: reason, at: now)
        guard row.build.state.isUnderway else { return }
        if state.isUnderway {
            try db.execute(
                sql: "UPDATE image_build SET started_at = coalesce(started_at, ?) WHERE image_id = ?",
                arguments: [now.milliseconds, row.id])
        } else {
            try db.execute(
                sql: """
                    UPDATE image_build SET ended_at = ?, claimed_by = NULL, lease_ends = NULL WHERE image_id = ?
                    """, arguments: [now.milliseconds, row.id])
        }
    }

    private static func setState(
        _ db: Database, _ row: BuildRow, _ state: ImageState, reason: String?, at now: Date
    ) throws {
        try db.execute(
            sql: "UPDATE resource SET state = ?, state_reason = ?, updated_at = ? WHERE id = ?",
            arguments: [state.rawValue, reason, now.milliseconds, row.id])
        try noteState(
            db, row.build.image, from: row.build.state, to: state, reason: reason, row.build.pipeline, at: now)
    }

    static func noteState(
        _ db: Database, _ image: String, from previous: ImageState?, to state: ImageState, reason: String?,
        _ pipeline: String?, at now: Date
    ) throws {
        try note(
            db, .imageState, image, image: image,
            ["previous": previous?.rawValue, "state": state.rawValue, "reason": reason, "pipeline": pipeline], at: now)
    }
}
