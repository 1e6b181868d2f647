public import Failures
import GRDB

/// Images by what they were made into.
extension KilnStore {
    /// The images that are one file on this machine, but for those that are DELETED.
    ///
    /// - Parameter digest: the file's, as the images' documents have it.
    public func images(ofFile digest: String) async throws(StoreFailure) -> [StoredResource] {
        try await read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT \(StoredResource.columns) FROM resource WHERE kind = 'image'
                        AND json_extract(document, '$.kiln.image') = ? AND state IS NOT 'DELETED' ORDER BY id
                        """), arguments: [digest])
            return try StoredResource.load(db, rows)
        }
    }

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
