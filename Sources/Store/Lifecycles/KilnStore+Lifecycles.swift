public import Failures
public import Foundation
import GRDB

extension KilnStore {
    /// Notes a run of a lifecycle policy, or a state update of an image, PENDING.
    ///
    /// - Parameter dueAt: nil: at once.
    /// - Throws: `invalidState` where one of the same resource is not over.
    public func beginLifecycle(
        of resource: String, request: Data, dueAt: Date? = nil, token: ClientToken? = nil
    ) async throws(StoreFailure) -> LifecycleExecution {
        let text = try JSONText.object(request, "the request of a lifecycle execution")
        let now = now()
        return try await write(token) { db in
            _ = try ResourceTable.id(db, resource)
            let other = try Row.fetchOne(
                db,
                sql: """
                    SELECT id, status FROM lifecycle_execution WHERE resource = ?
                    AND status IN ('PENDING', 'IN_PROGRESS', 'CANCELLING')
                    """, arguments: [resource])
            if let other {
                throw StoreFailure(
                    .invalidState(other["status"]),
                    "the lifecycle execution \(other["id"] as String) of \(resource) is not over",
                    hint: "wait for it, or cancel it")
            }
            let id = "lce-\(UUID().uuidString.lowercased())"
            try db.execute(
                sql: """
                    INSERT INTO lifecycle_execution (id, ordinal, resource, status, request, due_at, created_at)
                    VALUES (?, (SELECT coalesce(max(ordinal), 0) + 1 FROM lifecycle_execution), ?, 'PENDING', ?, ?, ?)
                    """, arguments: [id, resource, text, dueAt?.milliseconds, now.milliseconds])
            let execution = try LifecycleExecution.get(db, id)
            try Self.note(db, execution, from: nil, at: now)
            return execution
        }
    }

    public func lifecycleExecution(_ id: String) async throws(StoreFailure) -> LifecycleExecution? {
        try await read { db in try LifecycleExecution.find(db, id) }
    }

    /// Newest first.
    public func lifecycleExecutions(
        of resource: String, limit: Int, token: String? = nil
    ) async throws(StoreFailure) -> Page<LifecycleExecution> {
        let list = PagedSelect(
            select: LifecycleExecution.select, from: LifecycleExecution.from, conditions: ["resource = ?"],
            arguments: [resource], order: ["lifecycle_execution.ordinal"], isDescending: true, limit: limit,
            token: token)
        return try await read { db in try list.page(db, LifecycleExecution.init) }
    }

    /// Those that are PENDING and due, oldest first.
    public func dueLifecycles() async throws(StoreFailure) -> [LifecycleExecution] {
        let now = now()
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(LifecycleExecution.select)\(LifecycleExecution.from)
                    WHERE status = 'PENDING' AND coalesce(due_at, 0) <= ? ORDER BY ordinal
                    """, arguments: [now.milliseconds]
            ).map(LifecycleExecution.init)
        }
    }

    /// - Throws: `invalidState` for a status that does not follow.
    public func transition(
        lifecycleExecution id: String, to status: LifecycleStatus, reason: String? = nil, token: ClientToken? = nil
    ) async throws(StoreFailure) -> LifecycleExecution {
        let now = now()
        return try await write(token) { db in
            let before = try LifecycleExecution.get(db, id)
            guard before.status.canBecome(status) else {
                throw StoreFailure(
                    .invalidState(before.status.rawValue),
                    "the lifecycle execution \(id) is \(before.status.rawValue), which \(status.rawValue) does not follow"
                )
            }
            return try Self.enter(db, before, status, reason: reason, at: now)
        }
    }

    /// Cancels what is under way of a policy that is deleted.
    static func cancelLifecycles(_ db: Database, of policy: String, at now: Date) throws {
        let open = try Row.fetchAll(
            db,
            sql: """
                \(LifecycleExecution.select)\(LifecycleExecution.from)
                WHERE resource = ? AND status IN ('PENDING', 'IN_PROGRESS')
                """, arguments: [policy]
        ).map(LifecycleExecution.init)
        for execution in open {
            _ = try enter(
                db, execution, execution.status == .pending ? .cancelled : .cancelling,
                reason: "the policy was deleted", at: now)
        }
    }

    private static func enter(
        _ db: Database, _ execution: LifecycleExecution, _ status: LifecycleStatus, reason: String?, at now: Date
    ) throws -> LifecycleExecution {
        try db.execute(
            sql: """
                UPDATE lifecycle_execution SET status = ?, reason = ?, started_at = coalesce(started_at, ?), ended_at = ?
                WHERE id = ?
                """,
            arguments: [
                status.rawValue, reason, status == .inProgress ? now.milliseconds : nil,
                status.isTerminal ? now.milliseconds : nil, execution.id,
            ])
        let after = try LifecycleExecution.get(db, execution.id)
        try note(db, after, from: execution.status, at: now)
        return after
    }

    private static func note(
        _ db: Database, _ execution: LifecycleExecution, from previous: LifecycleStatus?, at now: Date
    ) throws {
        try note(
            db, .lifecycleStatus, execution.id,
            [
                "resource": execution.resource, "previous": previous?.rawValue, "status": execution.status.rawValue,
                "reason": execution.reason,
            ], at: now)
    }
}
