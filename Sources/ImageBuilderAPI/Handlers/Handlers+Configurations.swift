import Foundation
import Store

extension Handlers {
    func createInfrastructureConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await create(call, .infrastructureConfiguration, document: infrastructure(call))
    }

    func updateInfrastructureConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await update(call, .infrastructureConfiguration, document: infrastructure(call))
    }

    private func infrastructure(_ call: Call) -> [String: JSONValue] {
        var document = call.document(without: "infrastructureConfigurationArn")
        document["terminateInstanceOnFailure"] = call["terminateInstanceOnFailure"] ?? true
        return document
    }

    func createDistributionConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await create(call, .distributionConfiguration, document: try distribution(call))
    }

    func updateDistributionConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await update(call, .distributionConfiguration, document: try distribution(call))
    }

    private func distribution(_ call: Call) throws(APIError) -> [String: JSONValue] {
        let regions = (call["distributions"]?.elements ?? []).compactMap { $0["region"]?.text }
        guard !regions.isEmpty, Set(regions).count == regions.count else {
            throw APIError.invalidValue("distributions", "There must be one or more regions, each of them once.")
        }
        var document = call.document(without: "distributionConfigurationArn")
        // The service's own limit; every answer has to have it.
        document["timeoutMinutes"] = 720
        return document
    }

    func createLifecyclePolicy(_ call: Call) async throws(APIError) -> JSONValue {
        try await create(
            call, .lifecyclePolicy, document: try lifecyclePolicy(call), state: call.text("status") ?? "ENABLED")
    }

    func updateLifecyclePolicy(_ call: Call) async throws(APIError) -> JSONValue {
        let policy = try await find(try call.required("lifecyclePolicyArn"), .lifecyclePolicy)
        guard try view(policy).document()["resourceType"] == call["resourceType"] else {
            throw APIError.invalidValue("resourceType", "The resource type of a policy cannot be changed.")
        }
        return try await update(
            call, .lifecyclePolicy, document: try lifecyclePolicy(call), state: call.text("status") ?? "ENABLED")
    }

    private func lifecyclePolicy(_ call: Call) throws(APIError) -> [String: JSONValue] {
        let selection = call["resourceSelection"]
        guard (selection?["recipes"] == nil) != (selection?["tagMap"] == nil) else {
            throw APIError.invalidValue("resourceSelection", "Exactly one of 'recipes' and 'tagMap' must be given.")
        }
        let details = call["policyDetails"]?.elements ?? []
        let actions = details.compactMap { $0["action"]?["type"]?.text }
        guard Set(actions).count == actions.count else {
            throw APIError.invalidValue("policyDetails", "There must be one rule at most for each type of action.")
        }
        for (index, detail) in details.enumerated() {
            if let problem = problem(with: detail, isForContainers: call.text("resourceType") != "AMI_IMAGE") {
                throw APIError.invalidValue("policyDetails[\(index)]", problem)
            }
        }
        return call.document(without: "lifecyclePolicyArn", "status")
    }

    /// What is wrong with a rule, as the service documents it beyond its shape; nil: nothing.
    private func problem(with detail: JSONValue, isForContainers: Bool) -> String? {
        let (action, filter) = (detail["action"]?["type"]?.text, detail["filter"])
        let include = detail["action"]?["includeResources"]
        func includes(_ name: String) -> Bool { include?[name]?.flag == true }
        if filter?["type"]?.text == "AGE", filter?["unit"] == nil {
            return "A filter of the type AGE must have a 'unit'."
        }
        guard action != "DELETE" else {
            return includes("snapshots") && !includes("amis") ? "Snapshots are included only together with AMIs." : nil
        }
        if isForContainers { return "Container images can be deleted only." }
        if filter?["type"]?.text == "COUNT" { return "A filter of the type COUNT is for the action DELETE only." }
        if includes("snapshots") || includes("containers") { return "\(action ?? "") can include AMIs only." }
        return nil
    }
}
