public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// - Throws: `invalidPageToken`, `invalidFilter`, `invalidARN`.
    public func list(_ query: ResourceQuery) async throws(StoreFailure) -> Page<StoredResource> {
        let list = try ListSQL(query)
        let limit = list.limit
        return try await read { db in
            let rows = try Row.fetchAll(db.cachedStatement(sql: list.sql), arguments: list.arguments)
            let items = try StoredResource.load(db, rows.prefix(limit))
            guard rows.count > limit, let last = rows.prefix(limit).last else {
                return Page(items: items, nextToken: nil)
            }
            let key = [last["base_arn"] as String] + ListSQL.order.dropFirst().map { String(last[$0] as Int64) }
            return Page(items: items, nextToken: ListPosition(query: list.digest, key: key).token)
        }
    }
}

/// A list as a statement. Its order is that of an index, so that a page costs what it shows.
private struct ListSQL {
    static let order = ["base_arn", "major", "minor", "patch", "build"]

    let sql: String
    let arguments: StatementArguments
    let digest: String
    let limit: Int

    init(_ query: ResourceQuery) throws(StoreFailure) {
        var conditions = ["resource.kind = ?", "resource.owner = ?"]
        var arguments: StatementArguments = [query.kind.rawValue, query.owner.rawValue]
        switch query.grouping {
        case .versions: conditions.append("resource.is_newest_build = 1")
        case .names: conditions.append("resource.is_newest_version = 1")
        case .builds(of: nil): break
        case .builds(of: let text?):
            let arn = try ResourceARN(text)
            guard arn.kind == query.kind else {
                throw StoreFailure(.invalidARN, "'\(text)' names \(arn.kind.phrase), expected \(query.kind.phrase)")
            }
            conditions.append("resource.base_arn = ?")
            arguments += [arn.withoutVersion.description]
            let nodes = zip(Self.order.dropFirst(), (arn.version?.fixed ?? []) + (arn.build.map { [$0] } ?? []))
            for (column, node) in nodes {
                conditions.append("resource.\(column) = ?")
                arguments += [node]
            }
        }
        for filter in query.filters {
            let condition = try FilterSQL(filter)
            conditions.append(condition.condition)
            arguments += condition.arguments
        }
        let asksForStates = query.filters.contains { $0.field == .state }
        if !query.hiddenStates.isEmpty && !asksForStates {
            conditions.append("coalesce(resource.state, '') NOT IN (\(ResourceTable.marks(query.hiddenStates.count)))")
            arguments += StatementArguments(query.hiddenStates.sorted())
        }
        digest = ListPosition.digest(conditions + [arguments.description])
        if let token = query.token {
            let position = try ListPosition(token: token, query: digest, count: Self.order.count)
            let numbers = position.key.dropFirst().map { Int($0) ?? 0 }
            conditions.append(
                "(\(Self.order.map { "resource.\($0)" }.joined(separator: ", "))) > (\(ResourceTable.marks(Self.order.count)))"
            )
            arguments += [position.key[0]]
            arguments += StatementArguments(numbers)
        }
        sql = """
            SELECT \(StoredResource.columns), resource.base_arn FROM resource
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(Self.order.map { "resource.\($0)" }.joined(separator: ", ")) LIMIT ?
            """
        limit = max(1, query.limit)
        self.arguments = arguments + [limit + 1]
    }
}
