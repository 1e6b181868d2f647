import Foundation
import Store

extension Handlers {
    /// The state of one image. What has to be done to what was made of it as well, or later, is an execution for whoever runs
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
        let due = Self.date(call["updateAt"])
        try checkStateUpdate(call, state, due, of: image)
        let isForOthers = (call["includeResources"]?.members ?? [:]).values.contains(true)
        if !isForOthers, due == nil {
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

    /// As the service documents the members, beyond their shapes.
    private func checkStateUpdate(
        _ call: Call, _ state: ImageState, _ due: Date?, of image: StoredResource
    ) throws(APIError) {
        let include = call["includeResources"]
        guard (include == nil) == (call["executionRole"] == nil) else {
            throw APIError.invalidRequest("'executionRole' and 'includeResources' must be given together.")
        }
        if state == .deleted {
            guard (include?.members ?? [:]).values.contains(true) else {
                throw APIError.invalidRequest(
                    "'includeResources' must say what is deleted with the image. DeleteImage deletes the image alone.")
            }
        } else {
            guard include?["snapshots"]?.flag != true, include?["containers"]?.flag != true else {
                throw APIError.invalidRequest("Snapshots and containers are included only where the image is DELETED.")
            }
            guard try view(image).document()["type"]?.text != "DOCKER" else {
                throw APIError.invalidRequest("A container image can become DELETED only.")
            }
        }
        guard include?["snapshots"]?.flag != true || include?["amis"]?.flag == true else {
            throw APIError.invalidRequest("Snapshots are included only together with AMIs.")
        }
        guard let due else { return }
        guard state == .deprecated, due > call.now else {
            throw APIError.invalidValue("updateAt", "It must be in the future, and the state DEPRECATED.")
        }
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
        var arn = try call.required("resourceArn")
        guard let named = try? ResourceARN(arn), [.image, .lifecyclePolicy].contains(named.kind) else {
            throw APIError.invalidValue(
                "resourceArn", "It must be the ARN of a lifecycle policy or of an image's build.")
        }
        if !named.isExact { arn = try await find(arn).arn }
        let page = try await asking { [arn] in
            try await store.lifecycleExecutions(
                of: arn, limit: call["maxResults"]?.integer ?? 25, token: call.text("nextToken"))
        }
        // Those of an image that one of them has deleted can be looked at still.
        if page.items.isEmpty { _ = try await find(arn) }
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

    /// Of a policy.
    func lastRun(of policy: StoredResource) async throws(APIError) -> JSONValue? {
        try await asking { try await store.lastLifecycle(of: policy.arn) }.map { .number($0.timeIntervalSince1970) }
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
