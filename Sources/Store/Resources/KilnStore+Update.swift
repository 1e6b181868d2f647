public import Failures
import Foundation
import GRDB

extension KilnStore {
    public func update(_ update: ResourceUpdate, token: ClientToken? = nil) async throws(StoreFailure) -> StoredResource
    {
        let (account, now) = (account, now())
        return try await write(token) { db in try Self.apply(db, update, account, at: now) }
    }

    /// Makes several changes, in their order, together or not at all. Later ones see what earlier ones did.
    public func apply(_ changes: [ResourceChange]) async throws(StoreFailure) -> [StoredResource] {
        try await transaction { transaction throws(StoreFailure) in
            var done: [StoredResource] = []
            for change in changes {
                switch change {
                case .create(let new): done.append(try transaction.create(new))
                case .update(let update): done.append(try transaction.update(update))
                }
            }
            return done
        }
    }

    static func apply(
        _ db: Database, _ update: ResourceUpdate, _ account: Account, at now: Date
    ) throws -> StoredResource {
        let id = try ResourceTable.id(db, update.arn)
        var (sets, arguments): ([String], StatementArguments) = (["updated_at = ?"], [now.milliseconds])
        // Only of one that has secrets; what they are is then looked at again.
        let before =
            try update.document == nil
            ? nil
            : String.fetchOne(
                db, sql: "SELECT document FROM resource WHERE id = ? AND instr(document, ?) > 0",
                arguments: [id, SecretMark.prefix])
        if let document = update.document {
            let (subject, kind) = ("the document of \(update.arn)", try ResourceARN(update.arn).kind)
            sets += ["document = ?", "content_digest = ?"]
            arguments += [try JSONText.object(document, subject), try JSONText.digest(document, of: kind, subject)]
        }
        if let state = update.state {
            sets += ["state = ?", "state_reason = ?"]
            arguments += [state, update.stateReason]
        }
        try db.execute(
            sql: "UPDATE resource SET \(sets.joined(separator: ", ")) WHERE id = ?", arguments: arguments + [id])
        if let before { try forgetSecrets(db, of: before) }
        if let references = update.references {
            let parsed = try ResourceDraft.parse(references)
            try requireReferences(db, parsed, account)
            try setReferences(db, parsed, of: id)
        }
        if let tags = update.tags {
            try TagRules.check(tags)
            try db.execute(sql: "DELETE FROM resource_tag WHERE resource_id = ?", arguments: [id])
            try addTags(db, tags, to: id)
        }
        // As AWS counts: a pipeline that was mended begins anew.
        if update.document != nil {
            try db.execute(
                sql: "UPDATE pipeline_run SET consecutive_failures = 0 WHERE pipeline_id = ?", arguments: [id])
        }
        try note(db, .resourceUpdated, update.arn, ["state": update.state, "reason": update.stateReason], at: now)
        return try ResourceTable.get(db, update.arn).resource
    }
}
