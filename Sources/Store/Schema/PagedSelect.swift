import Failures
import Foundation
import GRDB

/// A list of rows in the order of whole numbers, a page at a time.
struct PagedSelect: Sendable {
    /// "SELECT …".
    var select: String
    /// " FROM …", with its joins.
    var from: String
    var conditions: [String]
    var arguments: StatementArguments
    /// Columns of whole numbers that together tell any two rows apart.
    var order: [String]
    var isDescending = false
    var limit: Int
    /// Of the page before.
    var token: String?

    func page<Item: Sendable>(_ db: Database, _ item: (Row) throws -> Item) throws -> Page<Item> {
        let limit = max(1, limit)
        let digest = ListPosition.digest([from] + conditions + [arguments.description])
        var (conditions, arguments) = (conditions, arguments)
        if let token {
            let position = try ListPosition(token: token, query: digest, count: order.count)
            conditions.append(
                "(\(order.joined(separator: ", "))) \(isDescending ? "<" : ">") (\(ResourceTable.marks(order.count)))")
            arguments += StatementArguments(position.key.map { Int64($0) ?? 0 })
        }
        let sql = """
            \(select)\(order.indices.map { ", \(order[$0]) AS order_\($0)" }.joined())\(from)
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(order.map { $0 + (isDescending ? " DESC" : "") }.joined(separator: ", ")) LIMIT ?
            """
        let rows = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments + [limit + 1])
        let shown = rows.prefix(limit)
        var next: String?
        if rows.count > limit, let last = shown.last {
            let key = order.indices.map { String(last["order_\($0)"] as Int64) }
            next = ListPosition(query: digest, key: key).token
        }
        return Page(items: try shown.map(item), nextToken: next)
    }
}
