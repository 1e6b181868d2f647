public import Failures
import GRDB

extension KilnStore {
    /// The AVAILABLE images that have made an AMI, or a disk of this machine (`sha256:…`), the newest first.
    public func images(withOutput id: String) async throws(StoreFailure) -> [StoredResource] {
        try await read { db in
            // What does not hold the text at all need not be parsed.
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT \(StoredResource.columns) FROM resource
                    WHERE resource.kind = 'image' AND instr(resource.document, ?1) > 0 AND resource.state = 'AVAILABLE'
                    AND EXISTS (
                        SELECT 1 FROM json_each(resource.document, '$.outputResources.amis') AS ami
                        WHERE json_extract(ami.value, '$.image') = ?1)
                    ORDER BY resource.id DESC
                    """, arguments: [id])
            return try StoredResource.load(db, rows)
        }
    }
}
