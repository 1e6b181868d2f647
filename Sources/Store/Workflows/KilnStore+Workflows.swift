public import Failures
import Foundation
import GRDB

extension KilnStore {
    /// Notes a run of a workflow for an image, PENDING, with all of its steps.
    public func begin(
        _ workflow: NewWorkflowExecution, of image: String
    ) async throws(StoreFailure) -> WorkflowExecution {
        let now = now()
        return try await write { db in
            let id = "wf-\(UUID().uuidString.lowercased())"
            try db.execute(
                sql: """
                    INSERT INTO workflow_execution (id, ordinal, image_id, workflow, type, parallel_group, status)
                    VALUES (?, (SELECT coalesce(max(ordinal), 0) + 1 FROM workflow_execution), ?, ?, ?, ?, 'PENDING')
                    """,
                arguments: [
                    id, BuildTable.get(db, image).id, workflow.workflow, workflow.type, workflow.parallelGroup,
                ])
            for (ordinal, step) in workflow.steps.enumerated() {
                try db.execute(
                    sql: """
                        INSERT INTO step_execution
                            (id, workflow_execution_id, ordinal, name, action, description, status, maximum_attempts)
                        VALUES (?, ?, ?, ?, ?, ?, 'PENDING', ?)
                        """,
                    arguments: [
                        "step-\(UUID().uuidString.lowercased())", id, ordinal, step.name, step.action,
                        step.stepDescription, step.maximumAttempts,
                    ])
            }
            let execution = try WorkflowExecution.get(db, id)
            try Self.note(db, execution, from: nil, at: now)
            return execution
        }
    }

    public func workflowExecution(_ id: String) async throws(StoreFailure) -> WorkflowExecution? {
        try await read { db in try WorkflowExecution.find(db, id) }
    }

    /// In the order in which they began.
    public func workflowExecutions(
        of image: String, limit: Int, token: String? = nil
    ) async throws(StoreFailure) -> Page<WorkflowExecution> {
        let list = PagedSelect(
            select: WorkflowExecution.select, from: WorkflowExecution.from, conditions: ["resource.arn = ?"],
            arguments: [image], order: ["workflow_execution.ordinal"], limit: limit, token: token)
        return try await read { db in try list.page(db, WorkflowExecution.init) }
    }

    /// - Throws: `invalidState` for a status that does not follow.
    public func transition(
        workflowExecution id: String, to status: WorkflowStatus, message: String? = nil
    ) async throws(StoreFailure) -> WorkflowExecution {
        let now = now()
        return try await write { db in
            let before = try WorkflowExecution.get(db, id)
            guard before.status.canBecome(status) else {
                throw StoreFailure(
                    .invalidState(before.status.rawValue),
                    "the workflow execution \(id) is \(before.status.rawValue), which \(status.rawValue) does not follow"
                )
            }
            let (begins, ends) = (status == .running, ![.running, .rollbackInProgress].contains(status))
            try db.execute(
                sql: """
                    UPDATE workflow_execution SET status = ?, message = coalesce(?, message),
                        started_at = coalesce(started_at, ?), ended_at = ? WHERE id = ?
                    """,
                arguments: [
                    status.rawValue, message, begins ? now.milliseconds : nil, ends ? now.milliseconds : nil, id,
                ])
            let after = try WorkflowExecution.get(db, id)
            try Self.note(db, after, from: before.status, at: now)
            return after
        }
    }

    /// Marks a workflow execution that a retry of the build takes the place of.
    public func markRetried(workflowExecution id: String) async throws(StoreFailure) {
        try await write { db in
            _ = try WorkflowExecution.get(db, id)
            try db.execute(sql: "UPDATE workflow_execution SET is_retried = 1 WHERE id = ?", arguments: [id])
        }
    }

    private static func note(
        _ db: Database, _ execution: WorkflowExecution, from previous: WorkflowStatus?, at now: Date
    ) throws {
        try note(
            db, .workflowStatus, execution.id, image: execution.image,
            [
                "image": execution.image, "previous": previous?.rawValue, "status": execution.status.rawValue,
                "message": execution.message,
            ], at: now)
    }
}
