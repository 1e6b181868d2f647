import Failures
import Foundation
import GRDB

extension StoredResource {
    /// What a statement selects from `resource` for `init(_: Row)`. The tags and references come as JSON.
    static let columns = """
        resource.id, resource.arn, resource.kind, resource.owner, resource.name, resource.workflow_type,
        resource.major, resource.minor, resource.patch, resource.build, resource.state, resource.state_reason,
        resource.created_at, resource.updated_at, resource.document,
        (SELECT json_group_object(key, value) FROM resource_tag WHERE resource_id = resource.id) AS tags,
        (SELECT json_group_array(reference) FROM
            (SELECT reference FROM resource_reference WHERE resource_id = resource.id ORDER BY ordinal)) AS "references"
        """

    init(_ row: Row) throws {
        guard let kind = ResourceKind(rawValue: row["kind"]), let owner = ResourceOwner(rawValue: row["owner"]) else {
            throw StoreFailure(.damaged, "a stored resource is of no known kind")
        }
        let document: String = row["document"]
        self.init(
            arn: row["arn"], kind: kind, name: row["name"],
            version: kind.isVersioned ? ResourceVersion(row["major"], row["minor"], row["patch"]) : nil,
            build: kind.hasBuilds ? row["build"] : nil, workflowType: row["workflow_type"], owner: owner,
            createdAt: Date(milliseconds: row["created_at"]), updatedAt: Date(milliseconds: row["updated_at"]),
            document: Data(document.utf8), tags: try Self.decode(row["tags"], empty: "{}") ?? [:],
            references: try Self.decode(row["references"], empty: "[]") ?? [], state: row["state"],
            stateReason: row["state_reason"])
    }

    private static func decode<Value: Decodable>(_ text: String, empty: String) throws -> Value? {
        text == empty ? nil : try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
