public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// Makes a key. Its secret is told here; the database has it sealed.
    public func makeAPIKey(
        name: String, rights: APIKey.Rights
    ) async throws(StoreFailure) -> (key: APIKey, secret: SecretText) {
        let key = APIKey(
            id: "AKIA" + Self.random(16, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), name: name, rights: rights,
            createdAt: now(), revokedAt: nil)
        let secret = SecretText(
            Self.random(40, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
        let box = secrets
        try await write { db in
            let sealed = try box.seal(secret, for: ["api-key", key.id], mayMakeKey: Self.hasNoSecrets(db))
            try db.execute(
                sql: "INSERT INTO api_key (id, name, rights, sealed_secret, created_at) VALUES (?, ?, ?, ?, ?)",
                arguments: [key.id, name, rights.rawValue, sealed, key.createdAt.milliseconds])
        }
        return (key, secret)
    }

    /// A key that counts, with its secret; nil for one that is not there or revoked.
    ///
    /// - Throws: `cannotUnseal`.
    public func apiKey(_ id: String) async throws(StoreFailure) -> (key: APIKey, secret: SecretText)? {
        let box = secrets
        return try await read { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT * FROM api_key WHERE id = ? AND revoked_at IS NULL", arguments: [id])
            else { return nil }
            return (try APIKey(row), try box.open(row["sealed_secret"], for: ["api-key", id]))
        }
    }

    /// All that there are and were, oldest first.
    public func apiKeys() async throws(StoreFailure) -> [APIKey] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM api_key ORDER BY created_at, rowid").map(APIKey.init)
        }
    }

    /// - Throws: `notFound`. One that is revoked stays so.
    public func revokeAPIKey(_ id: String) async throws(StoreFailure) {
        let now = now()
        try await write { db in
            try db.execute(
                sql: "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                arguments: [now.milliseconds, id])
            guard db.changesCount == 1 else { throw StoreFailure(.notFound, "there is no API key \(id)") }
        }
    }

    /// From the system's random numbers, each letter as likely as the others.
    private static func random(_ count: Int, of letters: String) -> String {
        var generator = SystemRandomNumberGenerator()
        let letters = Array(letters)
        return String((0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }
}

extension APIKey {
    init(_ row: Row) throws {
        guard let rights = Rights(rawValue: row["rights"]) else {
            throw StoreFailure(.damaged, "a stored API key has no known rights")
        }
        self.init(
            id: row["id"], name: row["name"], rights: rights, createdAt: Date(milliseconds: row["created_at"]),
            revokedAt: Date.stored(row["revoked_at"]))
    }
}
