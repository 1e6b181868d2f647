import Foundation
import Store

extension Handlers {
    func createInfrastructureConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await create(call, ResourceRequest(.infrastructureConfiguration, call.input))
    }

    func updateInfrastructureConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await update(call, ResourceRequest(.infrastructureConfiguration, call.input))
    }

    func createDistributionConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await create(call, ResourceRequest(.distributionConfiguration, call.input))
    }

    func updateDistributionConfiguration(_ call: Call) async throws(APIError) -> JSONValue {
        try await update(call, ResourceRequest(.distributionConfiguration, call.input))
    }

    func createLifecyclePolicy(_ call: Call) async throws(APIError) -> JSONValue {
        try await create(call, ResourceRequest(.lifecyclePolicy, call.input))
    }

    func updateLifecyclePolicy(_ call: Call) async throws(APIError) -> JSONValue {
        let policy = try await find(try call.required("lifecyclePolicyArn"), .lifecyclePolicy)
        guard try view(policy).document()["resourceType"] == call["resourceType"] else {
            throw APIError.invalidValue("resourceType", "The resource type of a policy cannot be changed.")
        }
        return try await update(call, ResourceRequest(.lifecyclePolicy, call.input))
    }
}
