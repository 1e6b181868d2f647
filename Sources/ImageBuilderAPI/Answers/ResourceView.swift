import Foundation
import Store

/// A stored resource as the members that any of the service's answers may have of it; `ShapeFit` takes those that it does.
struct ResourceView: Sendable {
    let resource: StoredResource
    let account: Account

    /// The members that its owner gave, and those that the service makes.
    func document() throws(APIError) -> [String: JSONValue] {
        guard let members = (try? JSONParser.parse(Array(resource.document)))?.members else {
            throw APIError("ServiceUnavailableException", "The stored document of '\(resource.arn)' cannot be read.")
        }
        return members
    }

    func members() throws(APIError) -> [String: JSONValue] {
        var members = try document()
        members["arn"] = .string(resource.arn)
        members["name"] = .string(resource.name)
        members["dateCreated"] = .number(resource.createdAt.timeIntervalSince1970)
        members["dateUpdated"] = .number(resource.updatedAt.timeIntervalSince1970)
        members["owner"] = .string(resource.owner == .own ? account.account : resource.owner.rawValue)
        members["tags"] = JSONValue(texts: resource.tags)
        if let version = resource.version { members["version"] = .string("\(version)") }
        switch resource.kind {
        case .image:
            if let version = resource.version, let build = resource.build {
                members["version"] = .string("\(version)/\(build)")
            }
            members["state"] = state
        case .component:
            members["state"] = state
            members["status"] = resource.state.map { .string($0) }
        case .workflow:
            // The only word there is for a workflow's.
            if resource.state == "DEPRECATED" { members["state"] = state }
        case .imagePipeline, .lifecyclePolicy:
            members["status"] = resource.state.map { .string($0) }
        case .distributionConfiguration:
            members["regions"] = .array((members["distributions"]?.elements ?? []).compactMap { $0["region"] })
        case .imageRecipe, .containerRecipe, .infrastructureConfiguration: break
        }
        return members
    }

    /// For lists that have one entry a version: its ARN has no build.
    func versionMembers() throws(APIError) -> [String: JSONValue] {
        var members = try members()
        guard resource.kind.hasBuilds, let version = resource.version else { return members }
        members["version"] = .string("\(version)")
        if let arn = try? ResourceARN(resource.arn) {
            members["arn"] = .string(arn.with(version: arn.version).description)
        }
        return members
    }

    private var state: JSONValue {
        var state: [String: JSONValue] = [:]
        state["status"] = resource.state.map { .string($0) }
        state["reason"] = resource.stateReason.map { .string($0) }
        return .object(state)
    }

    /// The ARNs that go on meaning the newest: of all versions, of the same major, minor and patch number.
    var latestReferences: JSONValue? {
        guard let version = resource.version, let arn = try? ResourceARN(resource.arn) else { return nil }
        let names = ["latestVersionArn", "latestMajorVersionArn", "latestMinorVersionArn", "latestPatchVersionArn"]
        let patterns = ResourceVersionPattern.references(to: version)
        return .object(
            Dictionary(
                zip(names, patterns.map { .string(arn.with(version: $0).description) }), uniquingKeysWith: { $1 }))
    }
}
