public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// Makes a resource. Components and workflows: the next build of their version, `alreadyExists` where the newest build has
    /// the same content. Images: the next build. Other kinds: `alreadyExists` where the name (and version) is taken.
    public func create(_ resource: NewResource, token: ClientToken? = nil) async throws(StoreFailure) -> StoredResource
    {
        let draft = try ResourceDraft(resource, account)
        let (account, now) = (account, now())
        return try await write(token) { db in try Self.insert(db, draft, account, at: now).resource }
    }

    /// What `create` would give, without making it: for dry runs.
    public func preview(_ resource: NewResource) async throws(StoreFailure) -> StoredResource {
        try await transaction(isDryRun: true) { transaction throws(StoreFailure) in try transaction.create(resource) }
    }

    /// Makes a resource of the version that follows the newest of a pattern, which nobody else takes in between.
    ///
    /// - Parameter pattern: nil: of its own version.
    public func create(
        _ resource: NewResource, next pattern: ResourceVersionPattern?, token: ClientToken? = nil
    ) async throws(StoreFailure) -> StoredResource {
        guard let pattern else { return try await create(resource, token: token) }
        let (file, account, now, box) = (file, account, now(), secrets)
        return try await write(token) { db in
            let transaction = StoreTransaction(db: db, file: file, account: account, now: now, box: box)
            return try transaction.create(transaction.numbered(resource, by: pattern))
        }
    }

    /// What that would give, without making it.
    public func preview(
        _ resource: NewResource, next pattern: ResourceVersionPattern?
    ) async throws(StoreFailure) -> StoredResource {
        guard let pattern else { return try await preview(resource) }
        return try await transaction(isDryRun: true) { transaction throws(StoreFailure) in
            try transaction.create(try transaction.numbered(resource, by: pattern))
        }
    }

    /// Makes a resource in the transaction of the caller.
    static func insert(_ db: Database, _ draft: ResourceDraft, _ account: Account, at now: Date) throws -> ResourceRow {
        let base = draft.base.description
        let newest = try ResourceTable.resolve(
            db, draft.base.with(version: draft.kind.isVersioned ? ResourceVersionPattern(draft.version) : nil))
        if let newest { try refuseTwin(db, draft, newest) }
        try requireReferences(db, draft.references, account)

        let build = try draft.kind.hasBuilds ? nextBuild(db, draft, after: newest?.resource.build ?? 0) : 0
        let arn =
            draft.kind.isVersioned
            ? draft.base.with(
                version: ResourceVersionPattern(draft.version), build: draft.kind.hasBuilds ? build : nil)
            : draft.base
        try db.execute(
            sql: """
                INSERT INTO resource (arn, base_arn, kind, owner, name, workflow_type, major, minor, patch, build,
                    state, created_at, updated_at, content_digest, document)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                arn.description, base, draft.kind.rawValue, draft.owner.rawValue, draft.name, draft.workflowType,
                draft.version.major, draft.version.minor, draft.version.patch, build, draft.state, now.milliseconds,
                now.milliseconds, draft.digest, draft.document,
            ])
        let id = db.lastInsertedRowID
        try setReferences(db, draft.references, of: id)
        try addTags(db, draft.tags, to: id)
        try ResourceTable.refreshNewest(db, base: base, version: draft.version)
        try note(db, .resourceCreated, arn.description, ["kind": draft.kind.rawValue], at: now)
        return try ResourceTable.get(db, arn.description)
    }

    private static func refuseTwin(_ db: Database, _ draft: ResourceDraft, _ newest: ResourceRow) throws {
        let there = newest.resource.arn
        switch draft.kind {
        case .image: return
        case .component, .workflow:
            let digest = try String.fetchOne(
                db, sql: "SELECT content_digest FROM resource WHERE id = ?", arguments: [newest.id])
            guard digest == draft.digest else { return }
            throw StoreFailure(
                .alreadyExists(arn: there), "\(there) has the same content already",
                hint: "change the content, or take another version")
        default:
            throw StoreFailure(
                .alreadyExists(arn: there), "there is \(draft.kind.phrase) \(there) already",
                hint: "take another \(draft.kind.isVersioned ? "version" : "name")")
        }
    }

    private static func nextBuild(_ db: Database, _ draft: ResourceDraft, after last: Int) throws -> Int {
        guard draft.kind == .image else { return last + 1 }
        // Logs and events go on naming a deleted image: its number is not another's later.
        return try Int.fetchOne(
            db,
            sql: """
                INSERT INTO build_number (base_arn, major, minor, patch, last) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET last = max(last + 1, excluded.last) RETURNING last
                """,
            arguments: [
                draft.base.description, draft.version.major, draft.version.minor, draft.version.patch, last + 1,
            ]) ?? last + 1
    }

    /// What Amazon and others own is not ours to look for.
    static func requireReferences(_ db: Database, _ references: [ResourceARN], _ account: Account) throws {
        var missing: [String] = []
        for reference in references {
            let isOwn =
                (reference.partition, reference.region, reference.account)
                == (account.partition, account.region, account.account)
            if isOwn, try ResourceTable.resolve(db, reference) == nil { missing.append(reference.description) }
        }
        guard missing.isEmpty else {
            throw StoreFailure(
                .missingReferences(missing), "there is no \(missing.joined(separator: ", no "))",
                hint: "create it first")
        }
    }

    static func setReferences(_ db: Database, _ references: [ResourceARN], of id: Int64) throws {
        try db.execute(sql: "DELETE FROM resource_reference WHERE resource_id = ?", arguments: [id])
        let statement = try db.cachedStatement(
            sql: "INSERT INTO resource_reference (resource_id, ordinal, reference, base_arn) VALUES (?, ?, ?, ?)")
        for (ordinal, reference) in references.enumerated() {
            try statement.execute(
                arguments: [id, ordinal, reference.description, reference.withoutVersion.description])
        }
    }
}
