import Failures
import Foundation
import GRDB

extension WorkflowExecution {
    static let select = """
        SELECT workflow_execution.*, resource.arn AS image,
            (SELECT count(*) FROM step_execution s WHERE s.workflow_execution_id = workflow_execution.id) AS step_count,
            (SELECT count(*) FROM step_execution s WHERE s.workflow_execution_id = workflow_execution.id
                AND s.status = 'COMPLETED') AS steps_succeeded,
            (SELECT count(*) FROM step_execution s WHERE s.workflow_execution_id = workflow_execution.id
                AND s.status = 'FAILED') AS steps_failed,
            (SELECT count(*) FROM step_execution s WHERE s.workflow_execution_id = workflow_execution.id
                AND s.status = 'SKIPPED') AS steps_skipped
        """
    static let from = " FROM workflow_execution JOIN resource ON resource.id = workflow_execution.image_id"

    init(_ row: Row) throws {
        guard let status = WorkflowStatus(rawValue: row["status"]) else {
            throw StoreFailure(.damaged, "a stored workflow execution is in no known state")
        }
        self.init(
            id: row["id"], image: row["image"], workflow: row["workflow"], type: row["type"],
            parallelGroup: row["parallel_group"], status: status, message: row["message"], isRetried: row["is_retried"],
            stepCount: row["step_count"], stepsSucceeded: row["steps_succeeded"], stepsFailed: row["steps_failed"],
            stepsSkipped: row["steps_skipped"], startedAt: Date.stored(row["started_at"]),
            endedAt: Date.stored(row["ended_at"]))
    }

    /// - Throws: `notFound`.
    static func get(_ db: Database, _ id: String) throws -> WorkflowExecution {
        guard let found = try find(db, id) else {
            throw StoreFailure(.notFound, "there is no workflow execution \(id)")
        }
        return found
    }

    static func find(_ db: Database, _ id: String) throws -> WorkflowExecution? {
        try Row.fetchOne(db, sql: "\(select)\(from) WHERE workflow_execution.id = ?", arguments: [id])
            .map(WorkflowExecution.init)
    }
}

extension StepExecution {
    static let select = "SELECT step_execution.*, workflow_execution.workflow AS workflow, resource.arn AS image"
    static let from = """
         FROM step_execution
        JOIN workflow_execution ON workflow_execution.id = step_execution.workflow_execution_id
        JOIN resource ON resource.id = workflow_execution.image_id
        """

    init(_ row: Row) throws {
        guard let status = StepStatus(rawValue: row["status"]) else {
            throw StoreFailure(.damaged, "a stored step execution is in no known state")
        }
        self.init(
            id: row["id"], workflowExecution: row["workflow_execution_id"], image: row["image"],
            workflow: row["workflow"], name: row["name"], action: row["action"], stepDescription: row["description"],
            status: status, rollbackStatus: row["rollback_status"], message: row["message"],
            inputs: (row["inputs"] as String?).map { Data($0.utf8) },
            outputs: (row["outputs"] as String?).map { Data($0.utf8) }, startedAt: Date.stored(row["started_at"]),
            endedAt: Date.stored(row["ended_at"]), attempt: row["attempt"], maximumAttempts: row["maximum_attempts"],
            logFile: row["log_file"])
    }

    /// - Throws: `notFound`.
    static func get(_ db: Database, _ id: String) throws -> StepExecution {
        guard let found = try find(db, id) else { throw StoreFailure(.notFound, "there is no step execution \(id)") }
        return found
    }

    static func find(_ db: Database, _ id: String) throws -> StepExecution? {
        try Row.fetchOne(db, sql: "\(select)\(from) WHERE step_execution.id = ?", arguments: [id])
            .map(StepExecution.init)
    }
}
