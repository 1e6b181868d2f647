import Foundation
import Store

extension Handlers {
    /// Where a list's filters look, by the words that the service takes.
    private static func field(_ name: String) -> ResourceFilter.Field {
        switch name {
        case "name": .name
        case "version": .version
        case "status": .state
        case "supportedOsVersion": .member("supportedOsVersions")
        default: .member(name)
        }
    }

    /// As the service documents them with each list.
    private static let filters: [String: Set<String>] = [
        "ListComponents": [
            "description", "name", "platform", "productCodes", "status", "supportedOsVersion", "type", "version",
        ],
        "ListContainerRecipes": ["containerType", "name", "parentImage", "platform"],
        "ListDistributionConfigurations": ["name"],
        "ListImageBuildVersions": ["name", "osVersion", "platform", "type", "version"],
        "ListImagePipelineImages": ["name", "version"],
        "ListImagePipelines": [
            "description", "distributionConfigurationArn", "imageRecipeArn", "infrastructureConfigurationArn", "name",
            "status",
        ],
        "ListImageRecipes": ["name", "parentImage", "platform"],
        "ListImages": ["name", "osVersion", "platform", "type", "version"],
        "ListInfrastructureConfigurations": ["name"],
        "ListLifecyclePolicies": ["name", "resourceType", "status"],
        "ListWorkflows": ["name", "version", "description", "type"],
    ]

    /// One page of a list: entries in the shape that the contract has for the list's elements.
    ///
    /// - Parameter more: filters that the operation itself stands for.
    func list(
        _ call: Call, _ kind: ResourceKind, grouping: ResourceQuery.Grouping? = nil, more: [ResourceFilter] = []
    ) async throws(APIError) -> JSONValue {
        let (name, isOfVersions) = listMember(call)
        var owner = ResourceOwner.own
        if let word = call.text("owner") {
            // Nothing is shared or sold here.
            guard let known = ResourceOwner(rawValue: word) else { return .object([name: []]) }
            owner = known
        }
        var query = ResourceQuery(kind, owner: owner, filters: try filters(call) + more)
        query.grouping = grouping ?? (call["byName"]?.flag == true ? .names : .versions)
        query.limit = call["maxResults"]?.integer ?? 25
        query.token = call.text("nextToken")
        if ["ListComponents", "ListImages"].contains(call.operation.name), call["includeDeprecated"]?.flag != true {
            query.hiddenStates = ["DEPRECATED"]
        }
        if kind == .image { query.hiddenStates.insert("DELETED") }
        let page = try await asking { [query] in try await store.list(query) }
        var entries: [JSONValue] = []
        for resource in page.items {
            let view = view(resource)
            var members = isOfVersions ? try view.versionMembers() : try view.members()
            if kind == .imagePipeline { members.merge(try await runs(of: resource)) { $1 } }
            if kind == .lifecyclePolicy { members["dateLastRun"] = try await lastRun(of: resource) }
            entries.append(.object(members))
        }
        return answer(name, entries, page.nextToken)
    }

    func answer(_ name: String, _ entries: [JSONValue], _ token: String?) -> JSONValue {
        var members: [String: JSONValue] = [name: .array(entries)]
        members["nextToken"] = token.map { .string($0) }
        return .object(members)
    }

    /// The output's list, and whether its elements are versions, whose ARNs have no build.
    private func listMember(_ call: Call) -> (name: String, isOfVersions: Bool) {
        for (name, shape) in contract.structure(call.operation.output)?.members ?? [:] {
            if case .list(_, let element)? = contract.shapes[shape] { return (name, element.hasSuffix("Version")) }
        }
        return ("", false)
    }

    private func filters(_ call: Call) throws(APIError) -> [ResourceFilter] {
        let known = Self.filters[call.operation.name] ?? []
        var filters: [ResourceFilter] = []
        for filter in call["filters"]?.elements ?? [] {
            guard let name = filter["name"]?.text, let values = filter["values"]?.elements, known.contains(name) else {
                throw APIError.invalidValue(
                    "filters",
                    "A filter has 'values' and a 'name', which must be one of: \(known.sorted().joined(separator: ", "))."
                )
            }
            filters.append(ResourceFilter(Self.field(name), values.compactMap(\.text)))
        }
        return filters
    }
}
