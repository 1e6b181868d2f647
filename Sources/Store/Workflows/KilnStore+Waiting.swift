public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// Notes that a step waits for somebody's answer.
    ///
    /// - Throws: `invalidState` for one that does not run.
    public func wait(step id: String) async throws(StoreFailure) {
        let now = now()
        try await write { db in
            let step = try StepExecution.get(db, id)
            guard step.status == .running else {
                throw StoreFailure(
                    .invalidState(step.status.rawValue), "the step \(step.name) (\(id)) does not run, and can't wait")
            }
            try db.execute(
                sql: """
                    UPDATE step_execution SET waiting_since = ?, answer = NULL, answer_reason = NULL, answered_at = NULL
                    WHERE id = ?
                    """, arguments: [now.milliseconds, id])
            try Self.note(
                db, .stepWaiting, id, image: step.image, ["image": step.image, "name": step.name], at: now)
        }
    }

    /// Those that nobody has answered, whoever waits longest first.
    public func waitingSteps(limit: Int, token: String? = nil) async throws(StoreFailure) -> Page<WaitingStep> {
        let list = PagedSelect(
            select: StepExecution.select, from: StepExecution.from,
            conditions: ["step_execution.waiting_since IS NOT NULL", "step_execution.answer IS NULL"], arguments: [],
            order: ["step_execution.waiting_since", "step_execution.rowid"], limit: limit, token: token)
        return try await read { db in
            try list.page(db) { row in
                WaitingStep(step: try StepExecution(row), since: Date(milliseconds: row["waiting_since"]))
            }
        }
    }

    /// - Throws: `notFound` for a step that is not of this image, `invalidState` for one that does not wait (any more).
    public func answer(
        step id: String, of image: String, _ action: StepAction, reason: String? = nil, token: ClientToken? = nil
    ) async throws(StoreFailure) {
        let now = now()
        _ = try await write(token) { db in
            let step = try StepExecution.get(db, id)
            guard step.image == image else {
                throw StoreFailure(.notFound, "there is no step execution \(id) of \(image)")
            }
            try db.execute(
                sql: """
                    UPDATE step_execution SET answer = ?, answer_reason = ?, answered_at = ?
                    WHERE id = ? AND waiting_since IS NOT NULL AND answer IS NULL
                    """, arguments: [action.rawValue, reason, now.milliseconds, id])
            guard db.changesCount == 1 else {
                throw StoreFailure(
                    .invalidState(step.status.rawValue), "the step \(step.name) (\(id)) does not wait for an answer")
            }
            try Self.note(
                db, .stepAnswered, id, image: image,
                ["image": image, "name": step.name, "action": action.rawValue, "reason": reason], at: now)
            return Done()
        }
    }

    /// What was answered; nil as long as nobody has.
    public func answer(to step: String) async throws(StoreFailure) -> StepAnswer? {
        try await read { db in
            _ = try StepExecution.get(db, step)
            let row = try Row.fetchOne(
                db, sql: "SELECT answer, answer_reason, answered_at FROM step_execution WHERE id = ?",
                arguments: [step])
            guard let row, let action = (row["answer"] as String?).flatMap(StepAction.init(rawValue:)) else {
                return nil
            }
            return StepAnswer(
                action: action, reason: row["answer_reason"], answeredAt: Date(milliseconds: row["answered_at"]))
        }
    }
}
