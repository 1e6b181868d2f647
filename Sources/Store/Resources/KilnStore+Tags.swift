public import Failures
import Foundation
import GRDB

extension KilnStore {
    public func tags(of arn: String) async throws(StoreFailure) -> [String: String] {
        try await read { db in try ResourceTable.get(db, arn).resource.tags }
    }

    /// Adds tags, and gives those that are there their new value.
    public func tag(_ arn: String, with tags: [String: String]) async throws(StoreFailure) {
        try TagRules.check(tags)
        try await write { db in
            let id = try ResourceTable.id(db, arn)
            try Self.addTags(db, tags, to: id)
            let count = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM resource_tag WHERE resource_id = ?", arguments: [id])
            try TagRules.check(count: count ?? 0)
        }
    }

    /// Removes tags; one that is not there is no error.
    public func untag(_ arn: String, _ keys: [String]) async throws(StoreFailure) {
        try await write { db in
            let id = try ResourceTable.id(db, arn)
            for key in keys {
                try db.execute(
                    sql: "DELETE FROM resource_tag WHERE resource_id = ? AND key = ?", arguments: [id, key])
            }
        }
    }

    /// The resource policy, as it was put; nil where there is none.
    public func policy(of arn: String) async throws(StoreFailure) -> String? {
        try await read { db in
            let id = try ResourceTable.id(db, arn)
            return try String.fetchOne(db, sql: "SELECT policy FROM resource WHERE id = ?", arguments: [id])
        }
    }

    /// - Parameter policy: nil removes it.
    public func setPolicy(_ policy: String?, of arn: String) async throws(StoreFailure) {
        try await write { db in
            let id = try ResourceTable.id(db, arn)
            try db.execute(sql: "UPDATE resource SET policy = ? WHERE id = ?", arguments: [policy, id])
        }
    }

    static func addTags(_ db: Database, _ tags: [String: String], to id: Int64) throws {
        let statement = try db.cachedStatement(
            sql:
                "INSERT INTO resource_tag (resource_id, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        )
        for (key, value) in tags { try statement.execute(arguments: [id, key, value]) }
    }
}
