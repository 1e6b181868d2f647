import Foundation
import Store

extension Handlers {
    func listTags(_ call: Call) async throws(APIError) -> JSONValue {
        let resource = try await find(try call.required("resourceArn"))
        return ["tags": JSONValue(texts: resource.tags)]
    }

    func tag(_ call: Call) async throws(APIError) -> JSONValue {
        let resource = try await find(try call.required("resourceArn"))
        try await asking { try await store.tag(resource.arn, with: call["tags"]?.texts ?? [:]) }
        return [:]
    }

    func untag(_ call: Call) async throws(APIError) -> JSONValue {
        let resource = try await find(try call.required("resourceArn"))
        try await asking {
            try await store.untag(resource.arn, (call["tagKeys"]?.elements ?? []).compactMap(\.text))
        }
        return [:]
    }

    // MARK: Policies

    /// - Parameter member: of the input, "componentArn".
    func getPolicy(_ call: Call, _ member: String, _ kind: ResourceKind) async throws(APIError) -> JSONValue {
        let arn = try call.required(member)
        let resource = try await find(arn, kind)
        guard let policy = try await asking({ try await store.policy(of: resource.arn) }) else {
            throw APIError("ResourceNotFoundException", "The resource '\(arn)' has no policy.")
        }
        return ["policy": .string(policy)]
    }

    func putPolicy(_ call: Call, _ member: String, _ kind: ResourceKind) async throws(APIError) -> JSONValue {
        let resource = try await find(try call.required(member), kind)
        let policy = try call.required("policy")
        guard let statements = (try? JSONParser.parse(Array(policy.utf8)))?["Statement"],
            statements.elements != nil || statements.members != nil
        else {
            throw APIError.invalidValue("policy", "A policy must be a JSON object with a 'Statement'.")
        }
        try await asking { try await store.setPolicy(policy, of: resource.arn) }
        return call.input
    }
}
