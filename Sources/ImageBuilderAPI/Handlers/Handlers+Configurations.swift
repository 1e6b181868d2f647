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
        try await update(call, ResourceRequest(.lifecyclePolicy, call.input))
    }
}
