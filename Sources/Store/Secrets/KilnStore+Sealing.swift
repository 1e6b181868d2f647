public import Failures
public import Foundation
import GRDB

/// Documents whose secrets are sealed: a mark stands for each, and what it means is in `sealed_value`, where the mark is the
/// name. A secret that no document has any more is forgotten with the last one.
extension KilnStore {
    static let markScope = "marks"

    /// The document with marks for secrets, which are sealed by then. Wherever a secret stands within a text, it is hidden;
    /// names, ARNs and words of the service's are left as they are.
    public func sealed(_ document: Data, hiding secrets: Set<String>) async throws(StoreFailure) -> Data {
        let text = DocumentTexts(document)
        let found = text.containing(secrets)
        guard !found.isEmpty else { return document }
        let box = self.secrets
        return try await write { db in try Self.seal(db, text, found, box) }
    }

    static func seal(_ db: Database, _ document: DocumentTexts, _ secrets: [String], _ box: SecretBox) throws -> Data {
        var marks: [String: String] = [:]
        for secret in secrets {
            let mayMakeKey = try Self.hasNoSecrets(db)
            let mark = try box.mark(for: SecretText(secret), mayMakeKey: mayMakeKey).text
            marks[secret] = mark
            let sealed = try box.seal(
                SecretText(secret), for: ["value", markScope, mark], mayMakeKey: mayMakeKey)
            try db.execute(
                sql: "INSERT INTO sealed_value (scope, name, sealed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                arguments: [markScope, mark, sealed])
        }
        return try document.replacing(secrets.map { ($0, marks[$0] ?? SecretMark.shown) })
    }

    /// The document with its secrets, and these by themselves: for what builds, never for answers.
    ///
    /// - Throws: `cannotUnseal`.
    public func unsealed(_ document: Data) async throws(StoreFailure) -> (document: Data, secrets: Set<String>) {
        let marks = SecretMark.all(in: Array(document))
        guard !marks.isEmpty else { return (document, []) }
        let box = self.secrets
        let values = try await read { db in
            try marks.compactMap { mark -> (String, String)? in
                let sealed = try Data.fetchOne(
                    db, sql: "SELECT sealed FROM sealed_value WHERE scope = ? AND name = ?",
                    arguments: [Self.markScope, mark.text])
                // Somebody may have written what only looks like one.
                guard let sealed else { return nil }
                return (mark.text, try box.open(sealed, for: ["value", Self.markScope, mark.text]).reveal())
            }
        }
        return (try DocumentTexts(document).replacing(values), Set(values.map(\.1)))
    }

    /// Forgets the secrets of a document that was just removed or replaced, as far as no other has them.
    static func forgetSecrets(_ db: Database, of document: String) throws {
        for mark in SecretMark.all(in: Array(document.utf8)) {
            try db.execute(
                sql: """
                    DELETE FROM sealed_value WHERE scope = ?1 AND name = ?2
                    AND NOT EXISTS (SELECT 1 FROM resource WHERE instr(document, ?2) > 0)
                    """, arguments: [markScope, mark.text])
        }
    }
}

extension StoreTransaction {
    /// As the store's own, in this transaction.
    public func sealed(_ document: Data, hiding secrets: Set<String>) throws(StoreFailure) -> Data {
        let text = DocumentTexts(document)
        let found = text.containing(secrets)
        guard !found.isEmpty else { return document }
        return try asking { try KilnStore.seal(db, text, found, box) }
    }
}
