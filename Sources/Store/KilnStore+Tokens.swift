import Failures
import Foundation
import GRDB

/// The answer of what answers nothing.
struct Done: Codable, Sendable {}

extension KilnStore {
    /// Changes something once for a client's token: the second time, the first answer is given.
    func write<Value: Codable & Sendable>(
        _ token: ClientToken?, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        guard let token else { return try await write(body) }
        let now = now()
        return try await write { db in
            if let answer = try Self.answer(db, token, at: now) {
                return try JSONDecoder().decode(Value.self, from: Data(answer.utf8))
            }
            let value = try body(db)
            try db.execute(
                sql:
                    "INSERT INTO client_token (operation, token, request_digest, answer, created_at) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    token.operation, token.token, token.requestDigest,
                    String(decoding: try JSONEncoder().encode(value), as: UTF8.self), now.milliseconds,
                ])
            return value
        }
    }

    private static func answer(_ db: Database, _ token: ClientToken, at now: Date) throws -> String? {
        let dayAgo = now.addingTimeInterval(-24 * 3600).milliseconds
        try db.execute(sql: "DELETE FROM client_token WHERE created_at <= ?", arguments: [dayAgo])
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT request_digest, answer FROM client_token WHERE operation = ? AND token = ?",
                arguments: [token.operation, token.token])
        else { return nil }
        guard row["request_digest"] == token.requestDigest else {
            throw StoreFailure(
                .idempotencyMismatch,
                "the client token '\(token.token)' was used for another \(token.operation) within the last 24 hours",
                hint: "send a new token with a new request")
        }
        return row["answer"]
    }
}
