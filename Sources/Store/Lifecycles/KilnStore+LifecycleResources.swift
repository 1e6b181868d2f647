public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// Notes what a lifecycle execution found to do something about; what is there already gets its new document.
    public func add(_ resources: [LifecycleResource], to execution: String) async throws(StoreFailure) {
        var texts: [String] = []
        for resource in resources {
            texts.append(try JSONText.object(resource.document, "the entry of \(resource.id)"))
        }
        let rows = Array(zip(resources, texts))
        try await write { db in
            _ = try LifecycleExecution.get(db, execution)
            for (resource, text) in rows {
                try db.execute(
                    sql: """
                        INSERT INTO lifecycle_resource (lifecycle_execution_id, resource, parent, document)
                        VALUES (?, ?, ?, ?)
                        ON CONFLICT (lifecycle_execution_id, resource) DO UPDATE SET document = excluded.document
                        """, arguments: [execution, resource.id, resource.parent, text])
            }
        }
    }

    /// What the last execution that had to do with a resource noted of it.
    public func lastEntry(of resource: String) async throws(StoreFailure) -> LifecycleResource? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT resource, parent, document FROM lifecycle_resource WHERE resource = ?
                    ORDER BY ordinal DESC LIMIT 1
                    """, arguments: [resource]
            ).map(LifecycleResource.init)
        }
    }

    /// - Parameter parent: nil: images; else what that image has made.
    public func lifecycleResources(
        of execution: String, parent: String? = nil, limit: Int, token: String? = nil
    ) async throws(StoreFailure) -> Page<LifecycleResource> {
        let list = PagedSelect(
            select: "SELECT resource, parent, document", from: " FROM lifecycle_resource",
            conditions: ["lifecycle_execution_id = ?", "parent IS ?"], arguments: [execution, parent],
            order: ["ordinal"], limit: limit, token: token)
        return try await read { db in
            _ = try LifecycleExecution.get(db, execution)
            return try list.page(db, LifecycleResource.init)
        }
    }
}

extension LifecycleResource {
    fileprivate init(_ row: Row) {
        self.init(id: row["resource"], parent: row["parent"], document: Data((row["document"] as String).utf8))
    }
}
