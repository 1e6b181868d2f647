public import Failures
public import Foundation
import GRDB

extension KilnStore {
    /// Enabled lifecycle policies that nothing is under way of, and whose last execution was asked for before a date or never.
    public func policiesToRun(before date: Date) async throws(StoreFailure) -> [StoredResource] {
        try await read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT \(StoredResource.columns) FROM resource
                        WHERE resource.kind = 'lifecycle-policy' AND resource.owner = 'Self'
                        AND resource.state IS NOT 'DISABLED' AND NOT EXISTS (
                            SELECT 1 FROM lifecycle_execution AS execution WHERE execution.resource = resource.arn
                            AND (execution.created_at > ?
                                OR execution.status IN ('PENDING', 'IN_PROGRESS', 'CANCELLING')))
                        ORDER BY resource.id
                        """), arguments: [date.milliseconds])
            return try StoredResource.load(db, rows)
        }
    }

    /// Executions that were begun and are not over, oldest first: nobody works at them where their process is gone.
    public func begunLifecycles() async throws(StoreFailure) -> [LifecycleExecution] {
        try await read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        \(LifecycleExecution.select)\(LifecycleExecution.from)
                        WHERE status IN ('IN_PROGRESS', 'CANCELLING') ORDER BY ordinal
                        """)
            ).map(LifecycleExecution.init)
        }
    }

    /// Those that are PENDING and not due yet.
    public func plannedLifecycles() async throws(StoreFailure) -> [LifecycleExecution] {
        let now = now()
        return try await read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        \(LifecycleExecution.select)\(LifecycleExecution.from)
                        WHERE status = 'PENDING' AND due_at > ? ORDER BY due_at
                        """), arguments: [now.milliseconds]
            ).map(LifecycleExecution.init)
        }
    }

    /// When the last execution of a policy or image began; nil: none has.
    public func lastLifecycle(of resource: String) async throws(StoreFailure) -> Date? {
        try await read { db in
            try Int64.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT started_at FROM lifecycle_execution WHERE resource = ? AND started_at IS NOT NULL
                        ORDER BY ordinal DESC LIMIT 1
                        """), arguments: [resource]
            ).map(Date.init(milliseconds:))
        }
    }

    /// Gives an image back the state that it had before it was DELETED, where it could not be deleted.
    public func restore(_ image: String, to state: ImageState, reason: String?) async throws(StoreFailure) {
        let now = now()
        try await write { db in
            let row = try BuildTable.get(db, image)
            guard row.build.state == .deleted else { return }
            try db.execute(
                sql: "UPDATE resource SET state = ?, state_reason = ?, updated_at = ? WHERE id = ?",
                arguments: [state.rawValue, reason, now.milliseconds, row.id])
            try Self.noteState(db, image, from: .deleted, to: state, reason: reason, row.build.pipeline, at: now)
        }
    }
}
