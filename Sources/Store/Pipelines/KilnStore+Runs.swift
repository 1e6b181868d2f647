public import Failures
public import Foundation
import GRDB

extension KilnStore {
    private static let runs = """
        SELECT resource.arn, pipeline_run.next_run, pipeline_run.last_run, pipeline_run.last_image,
            pipeline_run.consecutive_failures, (SELECT state FROM resource WHERE arn = pipeline_run.last_image) AS last_state
        FROM resource LEFT JOIN pipeline_run ON pipeline_run.pipeline_id = resource.id
        """

    /// Nil where there is no such pipeline.
    public func runs(of pipeline: String) async throws(StoreFailure) -> PipelineRuns? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "\(Self.runs) WHERE resource.arn = ? AND resource.kind = 'image-pipeline'",
                arguments: [pipeline]
            ).map(PipelineRuns.init)
        }
    }

    /// - Parameter date: nil where it has no schedule any more.
    public func setNextRun(_ date: Date?, of pipeline: String) async throws(StoreFailure) {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO pipeline_run (pipeline_id, next_run) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET next_run = excluded.next_run
                    """, arguments: [ResourceTable.id(db, pipeline), date?.milliseconds])
        }
    }

    /// The pipelines whose time has come, earliest first; disabled ones have none.
    public func dueRuns() async throws(StoreFailure) -> [PipelineRuns] {
        let now = now()
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(Self.runs) WHERE pipeline_run.next_run IS NOT NULL AND pipeline_run.next_run <= ?
                    AND resource.state IS NOT 'DISABLED' ORDER BY pipeline_run.next_run, resource.id
                    """, arguments: [now.milliseconds]
            ).map(PipelineRuns.init)
        }
    }

    /// Takes a due run for this process and sets the next.
    ///
    /// - Returns: false where another process has taken it.
    public func takeRun(_ pipeline: String, due: Date, next: Date?) async throws(StoreFailure) -> Bool {
        try await write { db in
            try db.execute(
                sql: "UPDATE pipeline_run SET next_run = ? WHERE pipeline_id = ? AND next_run = ?",
                arguments: [next?.milliseconds, ResourceTable.id(db, pipeline), due.milliseconds])
            return db.changesCount == 1
        }
    }

    /// Counts how a run of a pipeline ended, once, as AWS counts: a failure by schedule is one more, any success ends the
    /// row, and a failure of a run by hand counts for nothing. At the limit the pipeline is disabled.
    ///
    /// - Returns: whether that has disabled it.
    public func noteRun(_ image: String, disableAfter limit: Int?) async throws(StoreFailure) -> Bool {
        let now = now()
        return try await write { db in
            let row = try BuildTable.get(db, image)
            guard let arn = row.build.pipeline, let pipeline = try ResourceTable.find(db, arn) else { return false }
            try db.execute(
                sql: "UPDATE image_build SET is_counted = 1 WHERE image_id = ? AND is_counted = 0", arguments: [row.id])
            guard db.changesCount == 1 else { return false }
            switch row.build.state {
            case .available:
                try db.execute(
                    sql: "UPDATE pipeline_run SET consecutive_failures = 0 WHERE pipeline_id = ?",
                    arguments: [pipeline.id])
                return false
            case .failed where row.build.isScheduled:
                return try Self.countFailure(db, pipeline, limit: limit, at: now)
            default:
                return false
            }
        }
    }

    private static func countFailure(
        _ db: Database, _ pipeline: ResourceRow, limit: Int?, at now: Date
    ) throws -> Bool {
        let failures = try Int.fetchOne(
            db,
            sql: """
                UPDATE pipeline_run SET consecutive_failures = consecutive_failures + 1 WHERE pipeline_id = ?
                RETURNING consecutive_failures
                """, arguments: [pipeline.id])
        guard let failures, let limit, failures >= limit, pipeline.resource.state != "DISABLED" else { return false }
        try db.execute(
            sql: "UPDATE resource SET state = 'DISABLED', state_reason = ?, updated_at = ? WHERE id = ?",
            arguments: ["\(failures) scheduled builds failed in a row", now.milliseconds, pipeline.id])
        try db.execute(sql: "UPDATE pipeline_run SET next_run = NULL WHERE pipeline_id = ?", arguments: [pipeline.id])
        try note(db, .pipelineDisabled, pipeline.resource.arn, ["failures": String(failures)], at: now)
        return true
    }

    /// A pipeline that is gone meanwhile has no run to note.
    static func noteStart(_ db: Database, of pipeline: String, image: String, at now: Date) throws {
        try db.execute(
            sql: """
                INSERT INTO pipeline_run (pipeline_id, last_run, last_image)
                SELECT id, ?, ? FROM resource WHERE arn = ? AND kind = 'image-pipeline'
                ON CONFLICT DO UPDATE SET last_run = excluded.last_run, last_image = excluded.last_image
                """, arguments: [now.milliseconds, image, pipeline])
    }
}

extension PipelineRuns {
    init(_ row: Row) {
        self.init(
            pipeline: row["arn"], nextRun: (row["next_run"] as Int64?).map(Date.init(milliseconds:)),
            lastRun: (row["last_run"] as Int64?).map(Date.init(milliseconds:)), lastImage: row["last_image"],
            lastState: (row["last_state"] as String?).flatMap(ImageState.init(rawValue:)),
            consecutiveFailures: row["consecutive_failures"] ?? 0)
    }
}
