public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// Keeps a value sealed; one of that name is overwritten.
    ///
    /// - Parameter scope: what it belongs to: an image's ARN, a recipe's. With that resource it goes.
    public func setSecret(_ value: SecretText, scope: String, name: String) async throws(StoreFailure) {
        let box = secrets
        try await write { db in
            let sealed = try box.seal(value, for: ["value", scope, name], mayMakeKey: Self.hasNoSecrets(db))
            try db.execute(
                sql: """
                    INSERT INTO sealed_value (scope, name, sealed) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET sealed = excluded.sealed
                    """, arguments: [scope, name, sealed])
        }
    }

    /// - Throws: `cannotUnseal`.
    public func secrets(scope: String) async throws(StoreFailure) -> [String: SecretText] {
        let box = secrets
        return try await read { db in
            var values: [String: SecretText] = [:]
            let rows = try Row.fetchAll(
                db, sql: "SELECT name, sealed FROM sealed_value WHERE scope = ?", arguments: [scope])
            for row in rows {
                let name: String = row["name"]
                values[name] = try box.open(row["sealed"], for: ["value", scope, name])
            }
            return values
        }
    }

    public func removeSecrets(scope: String) async throws(StoreFailure) {
        try await write { db in
            try db.execute(sql: "DELETE FROM sealed_value WHERE scope = ?", arguments: [scope])
        }
    }

    static func hasNoSecrets(_ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT NOT EXISTS (SELECT 1 FROM sealed_value) AND NOT EXISTS (SELECT 1 FROM api_key)") ?? false
    }
}
