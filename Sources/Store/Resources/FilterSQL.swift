import Failures
import Foundation
import GRDB

/// A filter as a condition on `resource`. Values are arguments, never part of the text.
struct FilterSQL {
    private(set) var condition = ""
    private(set) var arguments = StatementArguments()

    init(_ filter: ResourceFilter) throws(StoreFailure) {
        guard !filter.values.isEmpty else {
            throw StoreFailure(.invalidFilter, "a filter has no values", hint: "give it one at least")
        }
        switch filter.field {
        case .name: matchNames(filter.values)
        case .version: try matchVersions(filter.values)
        case .state: match("state", filter.values)
        case .arn: match("arn", filter.values)
        case .member(let path): try matchMembers(path, filter.values)
        }
    }

    private mutating func match(_ column: String, _ values: [String]) {
        condition = "resource.\(column) IN (\(ResourceTable.marks(values.count)))"
        arguments = StatementArguments(values)
    }

    /// `web*` begins with, `*web*` holds; a star in another place is a letter like others.
    private mutating func matchNames(_ values: [String]) {
        var conditions: [String] = []
        for value in values {
            let ends = value.hasSuffix("*") && value.count > 1
            let begins = ends && value.hasPrefix("*")
            let word = String(value.dropFirst(begins ? 1 : 0).dropLast(ends ? 1 : 0))
            if begins {
                conditions.append("instr(resource.name, ?) > 0")
                arguments += [word]
            } else if ends {
                conditions.append("substr(resource.name, 1, length(?)) = ?")
                arguments += [word, word]
            } else {
                conditions.append("resource.name = ?")
                arguments += [value]
            }
        }
        condition = "(\(conditions.joined(separator: " OR ")))"
    }

    private mutating func matchVersions(_ values: [String]) throws(StoreFailure) {
        var conditions: [String] = []
        for value in values {
            // A build may follow: 1.2.3/4.
            let parts = value.split(separator: "/", omittingEmptySubsequences: false)
            guard let pattern = ResourceVersionPattern(String(parts[0])), parts.count <= 2,
                parts.count == 1 || (pattern.exact != nil && ResourceVersion.node(parts[1]) != nil)
            else {
                throw StoreFailure(
                    .invalidFilter, "'\(value.prefix(100))' is no version to filter by",
                    hint: "1.2.3, 1.2.x, 1.x.x or x.x.x")
            }
            var nodes = Array(zip(["major", "minor", "patch"], pattern.fixed))
            if parts.count == 2, let build = ResourceVersion.node(parts[1]) { nodes.append(("build", build)) }
            conditions.append(
                nodes.isEmpty ? "1" : "(\(nodes.map { "resource.\($0.0) = ?" }.joined(separator: " AND ")))")
            arguments += StatementArguments(nodes.map(\.1))
        }
        condition = "(\(conditions.joined(separator: " OR ")))"
    }

    private mutating func matchMembers(_ path: String, _ values: [String]) throws(StoreFailure) {
        let names = path.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = names.allSatisfy { name in
            !name.isEmpty && name.utf8.allSatisfy { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
        }
        guard isPlain else { throw StoreFailure(.invalidFilter, "'\(path.prefix(100))' is no member to filter by") }
        // A list counts as its items, one text as itself; JSON's booleans come as numbers otherwise.
        condition = """
            EXISTS (SELECT 1 FROM json_each(resource.document, ?) AS item
                WHERE CASE item.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(item.value AS TEXT) END
                    IN (\(ResourceTable.marks(values.count))))
            """
        arguments = ["$" + names.map { ".\"\($0)\"" }.joined()]
        arguments += StatementArguments(values)
    }
}
