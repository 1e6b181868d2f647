public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// - Throws: `inUse` where something refers to it: exactly, or by a pattern that would find nothing without it;
    ///   `invalidState` for an image whose build is underway.
    public func delete(_ arn: String) async throws(StoreFailure) {
        let now = now()
        try await write { db in
            let target = try ResourceTable.get(db, arn)
            try Self.requireDeletable(db, target)
            if target.resource.kind == .lifecyclePolicy { try Self.cancelLifecycles(db, of: arn, at: now) }
            try db.execute(sql: "DELETE FROM resource WHERE id = ?", arguments: [target.id])
            try db.execute(sql: "DELETE FROM sealed_value WHERE scope = ?", arguments: [arn])
            try Self.forgetSecrets(db, of: String(decoding: target.resource.document, as: UTF8.self))
            try ResourceTable.refreshNewest(
                db, base: try ResourceARN(arn).withoutVersion.description,
                version: target.resource.version ?? ResourceVersion(0, 0, 0))
            try Self.note(db, .resourceDeleted, arn, ["kind": target.resource.kind.rawValue], at: now)
        }
    }

    private static func requireDeletable(_ db: Database, _ target: ResourceRow) throws {
        let arn = target.resource.arn
        if target.resource.kind == .image, let state = target.resource.state.flatMap(ImageState.init(rawValue:)),
            state.isUnderway
        {
            throw StoreFailure(
                .invalidState(state.rawValue), "the build of \(arn) is underway (\(state.rawValue))",
                hint: "cancel it first")
        }
        let users = try referrers(db, to: target, needingItAlone: true)
        guard users.isEmpty else {
            throw StoreFailure(
                .inUse(by: users),
                "\(arn) is used by \(users.prefix(5).joined(separator: ", "))\(users.count > 5 ? " …" : "")",
                hint: "delete or change \(users.count == 1 ? "that" : "those") first")
        }
    }

    /// The ARNs of what refers to it in any way, be it by a pattern that finds it among others.
    public func referrers(to arn: String) async throws(StoreFailure) -> [String] {
        try await read { db in try Self.referrers(db, to: ResourceTable.get(db, arn), needingItAlone: false) }
    }

    /// The ARNs of what keeps it from being deleted.
    public func dependents(on arn: String) async throws(StoreFailure) -> [String] {
        try await read { db in try Self.referrers(db, to: ResourceTable.get(db, arn), needingItAlone: true) }
    }

    private static func referrers(
        _ db: Database, to target: ResourceRow, needingItAlone: Bool
    ) throws -> [String] {
        let arn = try ResourceARN(target.resource.arn)
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT resource_reference.reference, resource.arn FROM resource_reference
                JOIN resource ON resource.id = resource_reference.resource_id
                WHERE resource_reference.base_arn = ? AND resource.id <> ? ORDER BY resource.arn
                """, arguments: [arn.withoutVersion.description, target.id])
        // Many refer by the same words.
        var needed: [String: Bool] = [:]
        var users: [String] = []
        for row in rows where users.last != row["arn"] {
            let reference: String = row["reference"]
            if needed[reference] == nil {
                let parsed = try ResourceARN(reference)
                needed[reference] =
                    try parsed.names(arn)
                    && (!needingItAlone || ResourceTable.resolve(db, parsed, other: target.id) == nil)
            }
            if needed[reference] == true { users.append(row["arn"]) }
        }
        return users
    }
}
