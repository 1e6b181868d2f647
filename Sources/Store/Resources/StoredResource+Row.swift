import Failures
import Foundation
import GRDB

extension StoredResource {
    /// What a statement selects from `resource` for `load`.
    static let columns = """
        resource.id, resource.arn, resource.kind, resource.owner, resource.name, resource.workflow_type,
        resource.major, resource.minor, resource.patch, resource.build, resource.state, resource.state_reason,
        resource.created_at, resource.updated_at, resource.document
        """

    /// Rows of `columns`, with their tags and references: two statements more, however many they are.
    static func load(_ db: Database, _ rows: some Collection<Row>) throws -> [StoredResource] {
        guard !rows.isEmpty else { return [] }
        let ids: StatementArguments = ["[\(rows.map { String($0["id"] as Int64) }.joined(separator: ","))]"]
        var tags: [Int64: [String: String]] = [:]
        let tagRows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT resource_id, key, value FROM resource_tag
                    WHERE resource_id IN (SELECT value FROM json_each(?))
                    """), arguments: ids)
        while let row = try tagRows.next() { tags[row[0], default: [:]][row[1]] = row[2] as String }
        var references: [Int64: [String]] = [:]
        let referenceRows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT resource_id, reference FROM resource_reference
                    WHERE resource_id IN (SELECT value FROM json_each(?)) ORDER BY resource_id, ordinal
                    """), arguments: ids)
        while let row = try referenceRows.next() { references[row[0], default: []].append(row[1]) }
        return try rows.map { row in
            let id: Int64 = row["id"]
            return try StoredResource(row, tags: tags[id] ?? [:], references: references[id] ?? [])
        }
    }

    private init(_ row: Row, tags: [String: String], references: [String]) throws {
        guard let kind = ResourceKind(rawValue: row["kind"]), let owner = ResourceOwner(rawValue: row["owner"]) else {
            throw StoreFailure(.damaged, "a stored resource is of no known kind")
        }
        let document: String = row["document"]
        self.init(
            arn: row["arn"], kind: kind, name: row["name"],
            version: kind.isVersioned ? ResourceVersion(row["major"], row["minor"], row["patch"]) : nil,
            build: kind.hasBuilds ? row["build"] : nil, workflowType: row["workflow_type"], owner: owner,
            createdAt: Date(milliseconds: row["created_at"]), updatedAt: Date(milliseconds: row["updated_at"]),
            document: Data(document.utf8), tags: tags, references: references, state: row["state"],
            stateReason: row["state_reason"])
    }
}
