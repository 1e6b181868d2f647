public import Failures
import Foundation
import GRDB

/// Images by what they have on this machine, or elsewhere: members of their documents.
extension KilnStore {
    /// The images whose disk is the one of that digest, of whatever region and account, but for those in state DELETED.
    public func images(withDisk digest: String) async throws(StoreFailure) -> [StoredResource] {
        try await images(
            where: "json_extract(resource.document, '$.kiln.image') = ?1 AND coalesce(resource.state, '') <> 'DELETED'",
            having: digest)
    }

    /// The AVAILABLE images that have made an AMI, or a disk of this machine (`sha256:…`).
    public func images(withOutput id: String) async throws(StoreFailure) -> [StoredResource] {
        try await images(
            where: """
                resource.state = 'AVAILABLE' AND EXISTS (
                    SELECT 1 FROM json_each(resource.document, '$.outputResources.amis') AS ami
                    WHERE json_extract(ami.value, '$.image') = ?1)
                """, having: id)
    }

    /// The newest first.
    private func images(where condition: String, having text: String) async throws(StoreFailure) -> [StoredResource] {
        try await read { db in
            // What does not hold the text at all need not be parsed.
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT \(StoredResource.columns) FROM resource
                    WHERE resource.kind = 'image' AND instr(resource.document, ?1) > 0 AND \(condition)
                    ORDER BY resource.id DESC
                    """, arguments: [text])
            return try StoredResource.load(db, rows)
        }
    }
}
