public import Failures
import Foundation
import GRDB
import SystemPackage

/// Several looks and changes that belong together: nobody changes anything between them, and a failure undoes them all.
public struct StoreTransaction {
    let db: Database
    let file: FilePath
    /// Whose own resources are.
    public let account: Account
    let now: Date
    let box: SecretBox

    /// The newest that an ARN means.
    public func resolve(_ reference: String) throws(StoreFailure) -> StoredResource? {
        let arn = try ResourceARN(reference)
        return try asking { try ResourceTable.resolve(db, arn)?.resource }
    }

    /// What has the name (and version) of a new resource already, its newest build; and whether it has the same content.
    public func twin(of new: NewResource) throws(StoreFailure) -> (resource: StoredResource, isSame: Bool)? {
        let draft = try ResourceDraft(new, account)
        let version = draft.kind.isVersioned ? ResourceVersionPattern(draft.version) : nil
        return try asking {
            guard let found = try ResourceTable.resolve(db, draft.base.with(version: version)) else { return nil }
            let digest = try String.fetchOne(
                db, sql: "SELECT content_digest FROM resource WHERE id = ?", arguments: [found.id])
            return (found.resource, digest == draft.digest)
        }
    }

    /// The same with the version that follows the newest of a pattern.
    public func numbered(
        _ new: NewResource, by pattern: ResourceVersionPattern
    ) throws(StoreFailure) -> NewResource {
        let arn = account.arn(new.kind, new.name, owner: new.owner, workflowType: new.workflowType)
        var numbered = new
        numbered.version = pattern.next(
            after: try asking { try ResourceTable.resolve(db, arn.with(version: pattern))?.resource.version })
        return numbered
    }

    public func create(_ new: NewResource) throws(StoreFailure) -> StoredResource {
        let draft = try ResourceDraft(new, account)
        return try asking { try KilnStore.insert(db, draft, account, at: now).resource }
    }

    public func update(_ update: ResourceUpdate) throws(StoreFailure) -> StoredResource {
        try asking { try KilnStore.apply(db, update, account, at: now) }
    }

    func asking<Value>(_ body: () throws -> Value) throws(StoreFailure) -> Value {
        do { return try body() } catch { throw StoreFailure.of(error, file) }
    }
}

extension KilnStore {
    /// Looks and changes in one transaction; a failure of `body` undoes all of it.
    ///
    /// - Parameter isDryRun: undoes all of it in the end, too.
    public func transaction<Value: Sendable>(
        isDryRun: Bool = false, _ body: @escaping @Sendable (StoreTransaction) throws(StoreFailure) -> Value
    ) async throws(StoreFailure) -> Value {
        let (file, account, now) = (file, account, now())
        let box = secrets
        guard isDryRun else {
            return try await write { db in
                try body(StoreTransaction(db: db, file: file, account: account, now: now, box: box))
            }
        }
        do {
            return try await write { db -> Value in
                throw Undone(
                    value: try body(StoreTransaction(db: db, file: file, account: account, now: now, box: box)))
            }
        } catch {
            guard let undone = error.cause as? Undone<Value> else { throw error }
            return undone.value
        }
    }
}

/// Undoes the transaction that has made it.
struct Undone<Value: Sendable>: Error {
    let value: Value
}
