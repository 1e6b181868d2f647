public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// Removes what is over and older, or more, than the rules keep, in small transactions.
    ///
    /// - Parameter last: the number of the last event that all readers have seen.
    public func prune(
        _ rules: RetentionRules = RetentionRules(), eventsSeenTo last: Int64
    ) async throws(StoreFailure) -> PrunedRows {
        var pruned = PrunedRows()
        let below = try await eventBound(rules, last)
        try await allow(removingEventsBelow: below)
        pruned.events = try await remove(
            """
            DELETE FROM event WHERE sequence IN (
                SELECT sequence FROM event WHERE sequence < ? ORDER BY sequence LIMIT ?)
            """, [below], rules.batch)
        pruned.clientTokens = try await remove(
            "DELETE FROM client_token WHERE rowid IN (SELECT rowid FROM client_token WHERE created_at <= ? LIMIT ?)",
            [now().addingTimeInterval(-24 * 3600).milliseconds], rules.batch)
        // What an execution found goes with it: that may be many rows.
        pruned.lifecycleExecutions = try await remove(
            """
            DELETE FROM lifecycle_execution WHERE id IN (
                SELECT id FROM lifecycle_execution AS old WHERE old.status IN ('CANCELLED', 'FAILED', 'SUCCESS')
                AND (old.ended_at <= ? OR ? <= (
                    SELECT count(*) FROM lifecycle_execution AS newer
                    WHERE newer.resource = old.resource AND newer.ordinal > old.ordinal))
                AND (NOT EXISTS (SELECT 1 FROM resource AS owner WHERE owner.arn = old.resource) OR EXISTS (
                    SELECT 1 FROM lifecycle_execution AS newer
                    WHERE newer.resource = old.resource AND newer.ordinal > old.ordinal))
                ORDER BY old.ordinal LIMIT ?)
            """, [now().addingTimeInterval(-rules.executionAge).milliseconds, Int64(rules.mostExecutions)],
            max(1, rules.batch / 40))
        return pruned
    }

    /// The ARNs of all images, for whoever keeps something beside the store for each.
    public func imageARNs() async throws(StoreFailure) -> Set<String> {
        try await read { db in try String.fetchSet(db, sql: "SELECT arn FROM resource WHERE kind = 'image'") }
    }

    /// Events below this number may go. The newest always stays: who reads on is told by it that nothing is lost.
    private func eventBound(_ rules: RetentionRules, _ last: Int64) async throws(StoreFailure) -> Int64 {
        let now = now()
        return try await read { db in
            guard let newest = try Int64.fetchOne(db, sql: "SELECT max(sequence) FROM event") else { return 0 }
            /// The oldest event that is not that old. Numbers and times grow together.
            func first(younger age: TimeInterval) throws -> Int64 {
                try Int64.fetchOne(
                    db, sql: "SELECT sequence FROM event WHERE time > ? ORDER BY sequence LIMIT 1",
                    arguments: [now.addingTimeInterval(-age).milliseconds]) ?? newest
            }
            let seen = min(
                min(last, .max - 1) + 1, max(try first(younger: rules.seenEventAge), newest - rules.mostEvents + 1))
            return min(newest, max(seen, try first(younger: rules.eventAge)))
        }
    }

    private func allow(removingEventsBelow number: Int64) async throws(StoreFailure) {
        try await write { db in
            try db.execute(
                sql: "UPDATE event_bound SET below = ?1 WHERE id = 1 AND below < ?1", arguments: [number])
        }
    }

    /// - Parameter sql: its last argument is how many rows go at a time.
    private func remove(_ sql: String, _ arguments: [Int64], _ batch: Int) async throws(StoreFailure) -> Int {
        var count = 0
        while true {
            let removed = try await write { db in
                try db.execute(sql: sql, arguments: StatementArguments(arguments + [Int64(batch)]))
                return db.changesCount
            }
            count += removed
            guard removed == batch else { return count }
            // Whoever waits to write comes first.
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
