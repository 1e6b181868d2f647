import Failures
import Foundation
import GRDB

extension LifecycleExecution {
    static let select = """
        SELECT lifecycle_execution.*,
            EXISTS (SELECT 1 FROM lifecycle_resource WHERE lifecycle_execution_id = lifecycle_execution.id) AS has_impact
        """
    static let from = " FROM lifecycle_execution"

    init(_ row: Row) throws {
        guard let status = LifecycleStatus(rawValue: row["status"]) else {
            throw StoreFailure(.damaged, "a stored lifecycle execution is in no known state")
        }
        self.init(
            id: row["id"], resource: row["resource"], status: status, reason: row["reason"],
            request: Data((row["request"] as String).utf8), dueAt: Date.stored(row["due_at"]),
            startedAt: Date.stored(row["started_at"]), endedAt: Date.stored(row["ended_at"]),
            hasImpact: row["has_impact"])
    }

    static func find(_ db: Database, _ id: String) throws -> LifecycleExecution? {
        try Row.fetchOne(db, sql: "\(select)\(from) WHERE id = ?", arguments: [id]).map(LifecycleExecution.init)
    }

    /// - Throws: `notFound`.
    static func get(_ db: Database, _ id: String) throws -> LifecycleExecution {
        guard let found = try find(db, id) else {
            throw StoreFailure(.notFound, "there is no lifecycle execution \(id)")
        }
        return found
    }
}
