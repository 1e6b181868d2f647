public import Failures
public import Foundation
import GRDB
import Synchronization

extension KilnStore {
    /// Events behind a number, oldest first.
    ///
    /// - Parameter subject: an ARN or id; with an image's, also those of its workflows and steps.
    public func events(
        after sequence: Int64, subject: String? = nil, limit: Int = 1000
    ) async throws(StoreFailure) -> [StoreEvent] {
        try await read { db in
            let sql =
                subject == nil
                ? "SELECT * FROM event WHERE sequence > :after ORDER BY sequence LIMIT :limit"
                : """
                SELECT * FROM event WHERE sequence > :after AND (subject = :subject OR image = :subject)
                ORDER BY sequence LIMIT :limit
                """
            var arguments: StatementArguments = ["after": sequence, "limit": limit]
            if let subject { _ = arguments.append(contentsOf: ["subject": subject]) }
            return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).map(StoreEvent.init)
        }
    }

    /// The number of the newest event; 0 where there is none.
    public func lastEvent() async throws(StoreFailure) -> Int64 {
        try await read { db in try Int64.fetchOne(db, sql: "SELECT max(sequence) FROM event") ?? 0 }
    }

    /// Adds an event of the caller's own.
    public func append(
        _ kind: StoreEventKind, subject: String, detail: Data
    ) async throws(StoreFailure) -> StoreEvent {
        let text = try JSONText.object(detail, "the detail of an event")
        let now = now()
        return try await write { db in
            let sequence = try Self.insertEvent(db, kind, subject: subject, image: nil, detail: text, at: now)
            return StoreEvent(sequence: sequence, time: now, kind: kind, subject: subject, detail: Data(text.utf8))
        }
    }

    /// Events from behind a number on, without end, of this process and of others; ends with an error or with the task.
    public func follow(
        after sequence: Int64, subject: String? = nil, every interval: Duration = .milliseconds(200)
    ) -> AsyncThrowingStream<StoreEvent, any Error> {
        // Whoever reads slowly has the rest waiting in the database, not in memory.
        let place = Mutex((last: sequence, read: ArraySlice<StoreEvent>()))
        return AsyncThrowingStream {
            while true {
                if let event = place.withLock({ $0.read.popFirst() }) { return event }
                let events = try await self.events(after: place.withLock { $0.last }, subject: subject)
                place.withLock {
                    $0.read = events[...]
                    $0.last = events.last?.sequence ?? $0.last
                }
                // SQLite tells nobody of what other processes write: it has to be asked.
                if events.isEmpty { try await Task.sleep(for: interval) }
            }
        }
    }

    /// Notes what has happened, in the transaction in which it happens. Members that are nil are left out.
    static func note(
        _ db: Database, _ kind: StoreEventKind, _ subject: String, image: String? = nil, _ detail: [String: String?],
        at now: Date
    ) throws {
        let members = detail.compactMapValues { $0 }
        let text = String(decoding: try JSONText.encoder.encode(members), as: UTF8.self)
        _ = try insertEvent(db, kind, subject: subject, image: image, detail: text, at: now)
    }

    private static func insertEvent(
        _ db: Database, _ kind: StoreEventKind, subject: String, image: String?, detail: String, at now: Date
    ) throws -> Int64 {
        try db.cachedStatement(sql: "INSERT INTO event (time, kind, subject, image, detail) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [now.milliseconds, kind.rawValue, subject, image, detail])
        return db.lastInsertedRowID
    }
}

extension StoreEvent {
    init(_ row: Row) {
        let detail: String = row["detail"]
        self.init(
            sequence: row["sequence"], time: Date(milliseconds: row["time"]),
            kind: StoreEventKind(rawValue: row["kind"]), subject: row["subject"], detail: Data(detail.utf8))
    }
}
