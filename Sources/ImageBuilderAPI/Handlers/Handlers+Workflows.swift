import Documents
import Foundation
import Store

extension Handlers {
    func createWorkflow(_ call: Call) async throws(APIError) -> JSONValue {
        try call.exactlyOne("data", "uri")
        let text = try await text(of: call, limit: WorkflowDocument.maximumDataCount)
        return try await createDocument(call, ResourceRequest(.workflow, call.input), .init(text: text))
    }

    // MARK: Executions

    func getWorkflowExecution(_ call: Call) async throws(APIError) -> JSONValue {
        .object(members(of: try await workflowExecution(try call.required("workflowExecutionId"))))
    }

    func listWorkflowExecutions(_ call: Call) async throws(APIError) -> JSONValue {
        let image = try await find(try call.required("imageBuildVersionArn"), .image)
        let page = try await asking {
            try await store.workflowExecutions(of: image.arn, limit: limit(call), token: call.text("nextToken"))
        }
        let entries = page.items.map { JSONValue.object(members(of: $0)) }
        var whole = answer("workflowExecutions", entries, page.nextToken).members ?? [:]
        whole["imageBuildVersionArn"] = .string(image.arn)
        whole["message"] = image.stateReason.map { .string(String($0.prefix(500))) }
        return .object(whole)
    }

    func listWorkflowStepExecutions(_ call: Call) async throws(APIError) -> JSONValue {
        let execution = try await workflowExecution(try call.required("workflowExecutionId"))
        let page = try await asking {
            try await store.steps(of: execution.id, limit: limit(call), token: call.text("nextToken"))
        }
        let entries = page.items.map { JSONValue.object(members(of: $0)) }
        let own = ["workflowBuildVersionArn", "workflowExecutionId", "imageBuildVersionArn", "message"]
        let whole = members(of: execution).filter { own.contains($0.key) }
        return .object(whole.merging(answer("steps", entries, page.nextToken).members ?? [:]) { $1 })
    }

    func getWorkflowStepExecution(_ call: Call) async throws(APIError) -> JSONValue {
        let id = try call.required("stepExecutionId")
        guard let step = try await asking({ try await store.step(id) }) else { throw Self.missing("step", id) }
        return .object(members(of: step))
    }

    func listWaitingWorkflowSteps(_ call: Call) async throws(APIError) -> JSONValue {
        let page = try await asking {
            try await store.waitingSteps(limit: limit(call), token: call.text("nextToken"))
        }
        return answer("steps", page.items.map { .object(members(of: $0.step)) }, page.nextToken)
    }

    func sendWorkflowStepAction(_ call: Call) async throws(APIError) -> JSONValue {
        let id = try call.required("stepExecutionId")
        let image = try call.required("imageBuildVersionArn")
        guard let action = StepAction(rawValue: try call.required("action")) else {
            throw APIError.invalidValue("action", "'action' must be RESUME or STOP.")
        }
        try await asking {
            try await store.answer(step: id, of: image, action, reason: call.text("reason"), token: call.token)
        }
        return call.input
    }

    private func limit(_ call: Call) -> Int { call["maxResults"]?.integer ?? 25 }

    private func workflowExecution(_ id: String) async throws(APIError) -> WorkflowExecution {
        guard let execution = try await asking({ try await store.workflowExecution(id) }) else {
            throw Self.missing("workflow execution", id)
        }
        return execution
    }

    static func missing(_ what: String, _ id: String) -> APIError {
        APIError("ResourceNotFoundException", "The \(what) '\(id)' does not exist.")
    }

    private func members(of execution: WorkflowExecution) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "workflowBuildVersionArn": .string(execution.workflow), "workflowExecutionId": .string(execution.id),
            "imageBuildVersionArn": .string(execution.image), "type": .string(execution.type),
            "status": .string(execution.status.rawValue), "totalStepCount": .integer(Int64(execution.stepCount)),
            "totalStepsSucceeded": .integer(Int64(execution.stepsSucceeded)),
            "totalStepsFailed": .integer(Int64(execution.stepsFailed)),
            "totalStepsSkipped": .integer(Int64(execution.stepsSkipped)), "retried": .bool(execution.isRetried),
        ]
        members["parallelGroup"] = execution.parallelGroup.map { .string($0) }
        members["message"] = execution.message.map { .string(String($0.prefix(500))) }
        members["startTime"] = execution.startedAt.map { .number($0.timeIntervalSince1970) }
        members["endTime"] = execution.endedAt.map { .number($0.timeIntervalSince1970) }
        return members
    }

    private func members(of step: StepExecution) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "stepExecutionId": .string(step.id), "workflowExecutionId": .string(step.workflowExecution),
            "workflowBuildVersionArn": .string(step.workflow), "imageBuildVersionArn": .string(step.image),
            "name": .string(step.name), "action": .string(step.action), "status": .string(step.status.rawValue),
            "attemptNumber": .integer(Int64(max(1, step.attempt))),
            "maxAttempts": .integer(Int64(max(1, step.maximumAttempts))),
        ]
        members["description"] = step.stepDescription.map { .string(String($0.prefix(500))) }
        members["rollbackStatus"] = step.rollbackStatus.map { .string($0) }
        members["message"] = step.message.map { .string(String($0.prefix(500))) }
        members["inputs"] = step.inputs.map { .string(String(decoding: $0, as: UTF8.self)) }
        members["outputs"] = step.outputs.map { .string(String(decoding: $0, as: UTF8.self)) }
        members["startTime"] = step.startedAt.map { .number($0.timeIntervalSince1970) }
        members["endTime"] = step.endedAt.map { .number($0.timeIntervalSince1970) }
        return members
    }
}
