public import Failures
import Foundation
import GRDB

extension KilnStore {
    public func step(_ id: String) async throws(StoreFailure) -> StepExecution? {
        try await read { db in try StepExecution.find(db, id) }
    }

    /// In the order of the document.
    public func steps(
        of workflowExecution: String, limit: Int, token: String? = nil
    ) async throws(StoreFailure) -> Page<StepExecution> {
        let list = PagedSelect(
            select: StepExecution.select, from: StepExecution.from,
            conditions: ["step_execution.workflow_execution_id = ?"], arguments: [workflowExecution],
            order: ["step_execution.ordinal"], limit: limit, token: token)
        return try await read { db in try list.page(db, StepExecution.init) }
    }

    /// - Throws: `invalidState` for a status that does not follow.
    public func updateStep(_ id: String, _ update: StepUpdate) async throws(StoreFailure) -> StepExecution {
        let inputs = try update.inputs.map { data throws(StoreFailure) in try JSONText.object(data, "a step's inputs") }
        let outputs = try update.outputs.map { data throws(StoreFailure) in
            try JSONText.object(data, "a step's outputs")
        }
        let now = now()
        return try await write { db in
            let before = try StepExecution.get(db, id)
            let status = update.status ?? before.status
            guard update.status.map(before.status.canBecome) ?? true else {
                throw StoreFailure(
                    .invalidState(before.status.rawValue),
                    "the step \(before.name) (\(id)) is \(before.status.rawValue), which \(status.rawValue) does not follow"
                )
            }
            let isOver = status.next.isEmpty
            try db.execute(
                sql: """
                    UPDATE step_execution SET status = :status,
                        rollback_status = coalesce(:rollback, rollback_status), message = coalesce(:message, message),
                        inputs = coalesce(:inputs, inputs), outputs = coalesce(:outputs, outputs),
                        attempt = coalesce(:attempt, attempt), log_file = coalesce(:log, log_file),
                        started_at = coalesce(started_at, :started), ended_at = coalesce(ended_at, :ended),
                        waiting_since = iif(:over, NULL, waiting_since)
                    WHERE id = :id
                    """,
                arguments: [
                    "status": status.rawValue, "rollback": update.rollbackStatus, "message": update.message,
                    "inputs": inputs, "outputs": outputs, "attempt": update.attempt, "log": update.logFile,
                    "started": status == .running ? now.milliseconds : nil, "ended": isOver ? now.milliseconds : nil,
                    "over": isOver, "id": id,
                ])
            let after = try StepExecution.get(db, id)
            if (after.status, after.attempt) != (before.status, before.attempt) {
                try Self.noteStatus(db, after, from: before.status, at: now)
            }
            return after
        }
    }

    private static func noteStatus(
        _ db: Database, _ step: StepExecution, from previous: StepStatus, at now: Date
    ) throws {
        try note(
            db, .stepStatus, step.id, image: step.image,
            [
                "image": step.image, "workflow": step.workflowExecution, "name": step.name,
                "previous": previous.rawValue, "status": step.status.rawValue, "message": step.message,
                "attempt": String(step.attempt),
            ], at: now)
    }
}
