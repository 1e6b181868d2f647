import Foundation
import Store

extension Handlers {
    /// The state of one image. What has to be done to AMIs and snapshots as well, or later, is an execution for whoever runs
    /// lifecycles.
    func startResourceStateUpdate(_ call: Call) async throws(APIError) -> JSONValue {
        let image = try await find(try call.required("resourceArn"), .image)
        guard let word = call["state"]?["status"]?.text, let state = ImageState(rawValue: word) else {
            throw APIError.invalidValue("state", "'state.status' must not be null.")
        }
        guard let current = image.state.flatMap(ImageState.init), current == state || current.canBecome(state) else {
            throw APIError.invalidRequest(
                "The image '\(image.arn)' is \(image.state ?? "in no state") and cannot become \(word).")
        }
        let isForOthers = (call["includeResources"]?.members ?? [:]).values.contains(true)
        let due = Self.date(call["updateAt"])
        if !isForOthers, state != .deleted, due.map({ $0 <= call.now }) ?? true {
            if current != state {
                _ = try await asking { try await store.transition(image.arn, to: state, reason: "Asked for.") }
            }
            return ["resourceArn": .string(image.arn)]
        }
        let execution = try await asking {
            try await store.beginLifecycle(
                of: image.arn, request: Data(call.input.bytes), dueAt: due, token: call.token)
        }
        return ["resourceArn": .string(image.arn), "lifecycleExecutionId": .string(execution.id)]
    }

    private static func date(_ value: JSONValue?) -> Date? {
        switch value {
        case .integer(let seconds): Date(timeIntervalSince1970: Double(seconds))
        case .number(let seconds): Date(timeIntervalSince1970: seconds)
        default: nil
        }
    }

    func getLifecycleExecution(_ call: Call) async throws(APIError) -> JSONValue {
        ["lifecycleExecution": members(of: try await lifecycleExecution(call))]
    }

    func cancelLifecycleExecution(_ call: Call) async throws(APIError) -> JSONValue {
        let execution = try await lifecycleExecution(call)
        let next: LifecycleStatus = execution.status == .pending ? .cancelled : .cancelling
        _ = try await asking {
            try await store.transition(lifecycleExecution: execution.id, to: next, token: call.token)
        }
        return call.input
    }

    func listLifecycleExecutions(_ call: Call) async throws(APIError) -> JSONValue {
        let resource = try await find(try call.required("resourceArn"))
        let page = try await asking {
            try await store.lifecycleExecutions(
                of: resource.arn, limit: call["maxResults"]?.integer ?? 25, token: call.text("nextToken"))
        }
        return answer("lifecycleExecutions", page.items.map(members(of:)), page.nextToken)
    }

    func listLifecycleExecutionResources(_ call: Call) async throws(APIError) -> JSONValue {
        let execution = try await lifecycleExecution(call)
        let page = try await asking {
            try await store.lifecycleResources(
                of: execution.id, parent: call.text("parentResourceId"), limit: call["maxResults"]?.integer ?? 25,
                token: call.text("nextToken"))
        }
        let resources = page.items.map { resource in
            var members = (try? JSONParser.parse(Array(resource.document)))?.members ?? [:]
            members["resourceId"] = .string(resource.id)
            return JSONValue.object(members)
        }
        var members = answer("resources", resources, page.nextToken).members ?? [:]
        members["lifecycleExecutionId"] = .string(execution.id)
        members["lifecycleExecutionState"] = state(of: execution)
        return .object(members)
    }

    private func lifecycleExecution(_ call: Call) async throws(APIError) -> LifecycleExecution {
        let id = try call.required("lifecycleExecutionId")
        guard let execution = try await asking({ try await store.lifecycleExecution(id) }) else {
            throw Self.missing("lifecycle execution", id)
        }
        return execution
    }

    private func state(of execution: LifecycleExecution) -> JSONValue {
        var state: [String: JSONValue] = ["status": .string(execution.status.rawValue)]
        state["reason"] = execution.reason.map { .string($0) }
        return .object(state)
    }

    private func members(of execution: LifecycleExecution) -> JSONValue {
        var members: [String: JSONValue] = [
            "lifecycleExecutionId": .string(execution.id), "state": state(of: execution),
            "resourcesImpactedSummary": ["hasImpactedResources": .bool(execution.hasImpact)],
        ]
        if execution.resource.contains(":lifecycle-policy/") {
            members["lifecyclePolicyArn"] = .string(execution.resource)
        }
        members["startTime"] = execution.startedAt.map { .number($0.timeIntervalSince1970) }
        members["endTime"] = execution.endedAt.map { .number($0.timeIntervalSince1970) }
        return .object(members)
    }
}
