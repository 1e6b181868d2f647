import Failures
import Foundation
import GRDB

/// A stored resource, and the number of its row.
struct ResourceRow {
    let id: Int64
    let resource: StoredResource

    init?(_ db: Database, _ row: Row?) throws {
        guard let row, let resource = try StoredResource.load(db, [row]).first else { return nil }
        id = row["id"]
        self.resource = resource
    }
}

/// What every change of resources looks up.
enum ResourceTable {
    static func find(_ db: Database, _ arn: String) throws -> ResourceRow? {
        try ResourceRow(
            db,
            Row.fetchOne(
                db.cachedStatement(sql: "SELECT \(StoredResource.columns) FROM resource WHERE arn = ?"),
                arguments: [arn]))
    }

    /// - Throws: `notFound`.
    static func get(_ db: Database, _ arn: String) throws -> ResourceRow {
        guard let found = try find(db, arn) else {
            // A text that is no ARN at all is told so.
            let kind = try ResourceARN(arn).kind
            throw StoreFailure(.notFound, "there is no \(kind.rawValue.replacing("-", with: " ")) \(arn)")
        }
        return found
    }

    /// The number of the row alone.
    static func id(_ db: Database, _ arn: String) throws -> Int64 {
        if let id = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM resource WHERE arn = ?"), arguments: [arn])
        {
            return id
        }
        return try get(db, arn).id
    }

    /// The newest that an ARN means; nil where there is none.
    ///
    /// - Parameter other: a row that does not count.
    static func resolve(
        _ db: Database, _ arn: ResourceARN, states: Set<String>? = nil, other: Int64? = nil
    ) throws -> ResourceRow? {
        var condition = "base_arn = ?"
        var arguments: StatementArguments = [arn.withoutVersion.description]
        for (column, node) in zip(["major", "minor", "patch"], arn.version?.fixed ?? []) {
            condition += " AND \(column) = ?"
            arguments += [node]
        }
        if let build = arn.build {
            condition += " AND build = ?"
            arguments += [build]
        }
        if let states {
            condition += " AND state IN (\(marks(states.count)))"
            arguments += StatementArguments(states.sorted())
        }
        if let other {
            condition += " AND id <> ?"
            arguments += [other]
        }
        let sql = """
            SELECT \(StoredResource.columns) FROM resource WHERE \(condition)
            ORDER BY major DESC, minor DESC, patch DESC, build DESC LIMIT 1
            """
        return try ResourceRow(db, Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments))
    }

    /// "?, ?, ?"
    static func marks(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }

    /// Marks the newest build of a version and the newest version of a name, after one was added or removed.
    static func refreshNewest(_ db: Database, base: String, version: ResourceVersion) throws {
        let nodes: StatementArguments = [base, version.major, version.minor, version.patch]
        try db.execute(
            sql: """
                UPDATE resource SET is_newest_build = (build = (
                    SELECT max(build) FROM resource WHERE base_arn = ?1 AND major = ?2 AND minor = ?3 AND patch = ?4))
                WHERE base_arn = ?1 AND major = ?2 AND minor = ?3 AND patch = ?4
                """, arguments: nodes)
        let newest = try Int64.fetchOne(
            db,
            sql: """
                SELECT id FROM resource WHERE base_arn = ?
                ORDER BY major DESC, minor DESC, patch DESC, build DESC LIMIT 1
                """, arguments: [base])
        try db.execute(
            sql:
                "UPDATE resource SET is_newest_version = 0 WHERE base_arn = ? AND is_newest_version = 1 AND id IS NOT ?",
            arguments: [base, newest])
        try db.execute(sql: "UPDATE resource SET is_newest_version = 1 WHERE id = ?", arguments: [newest])
    }
}
