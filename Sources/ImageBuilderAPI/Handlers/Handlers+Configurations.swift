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
        try await update(
            call, .lifecyclePolicy, document: try lifecyclePolicy(call), state: call.text("status") ?? "ENABLED")
    }

    private func lifecyclePolicy(_ call: Call) throws(APIError) -> [String: JSONValue] {
        let selection = call["resourceSelection"]
        guard (selection?["recipes"] == nil) != (selection?["tagMap"] == nil) else {
            throw APIError.invalidValue("resourceSelection", "Exactly one of 'recipes' and 'tagMap' must be given.")
        }
        for (index, detail) in (call["policyDetails"]?.elements ?? []).enumerated() {
            let filter = detail["filter"]
            guard filter?["type"]?.text != "AGE" || filter?["unit"] != nil else {
                throw APIError.invalidValue(
                    "policyDetails[\(index)].filter", "A filter of the type AGE must have a 'unit'.")
            }
        }
        return call.document(without: "lifecyclePolicyArn", "status")
    }
}
