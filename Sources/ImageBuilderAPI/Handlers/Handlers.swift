import Failures
import Foundation
import Store

/// What the operations do, in one file a group; `table` says which function is which operation's.
struct Handlers: Sendable {
    let contract: Contract
    let store: KilnStore
    let executions: any ImageExecutions
    let documents: any DocumentSource
    var packages: any PackageSource = NoPackages()
    /// Whether somebody looks after what goes on in AWS for this service.
    var reachesAWS = false
    /// By name: those whose values are sealed.
    var secretParameters: Set<String> = []

    /// The resource that an ARN means: with wildcards, or without a build, the newest.
    ///
    /// - Parameter states: of those that an ARN with wildcards may mean; nil: any.
    func find(
        _ arn: String, _ kind: ResourceKind? = nil, states: Set<String>? = nil
    ) async throws(APIError) -> StoredResource {
        let reference = try await asking { try ResourceARN(arn) }
        guard kind == nil || reference.kind == kind else { throw APIError.notFound(arn) }
        let found = try await asking {
            if reference.isExact { return try await store.resource(arn) }
            return try await store.resolve(arn, states: reference.version?.exact == nil ? states : nil)
        }
        guard let found else { throw APIError.notFound(arn) }
        return found
    }

    func view(_ resource: StoredResource) -> ResourceView { ResourceView(resource: resource, account: store.account) }

    // MARK: What every kind has

    func create(
        _ call: Call, _ request: ResourceRequest, _ around: ResourceRequest.Surroundings = .init()
    ) async throws(APIError) -> JSONValue {
        var resource = try request.made(around)
        resource.document = try await sealed(resource.document)
        guard let text = call.text("semanticVersion") else { return try await create(call, resource) }
        guard let pattern = request.version else {
            throw APIError(
                "InvalidVersionNumberException",
                "The version '\(text)' is not valid: three numbers up to \(ResourceVersion.maximumNode), of which 'x' "
                    + "may stand for the last ones.")
        }
        if let version = pattern.exact {
            resource.version = version
            return try await create(call, resource)
        }
        return try await create(call, resource, next: pattern)
    }

    /// - Parameter pattern: the version is the one after the newest that matches it.
    private func create(
        _ call: Call, _ resource: NewResource, next pattern: ResourceVersionPattern? = nil
    ) async throws(APIError) -> JSONValue {
        if call["dryRun"]?.flag == true {
            _ = try await asking { try await store.preview(resource, next: pattern) }
            throw APIError(
                "DryRunOperationException", "Request would have succeeded, but the dryRun flag is set.")
        }
        let stored = try await asking { try await store.create(resource, next: pattern, token: call.token) }
        return created(call, stored)
    }

    private func created(_ call: Call, _ stored: StoredResource) -> JSONValue {
        var answer: [String: JSONValue] = [:]
        answer["clientToken"] = call["clientToken"]
        answer["latestVersionReferences"] = view(stored).latestReferences
        for name in (contract.structure(call.operation.output)?.members ?? [:]).keys where name.hasSuffix("Arn") {
            answer[name] = .string(stored.arn)
        }
        return .object(answer)
    }

    /// Answers `{component: {…}}`; the names are the contract's.
    func get(_ call: Call, _ kind: ResourceKind) async throws(APIError) -> JSONValue {
        // As the model says of its waiter: wildcards stand for images that are there alone.
        let states: Set<String>? = kind == .image ? [ImageState.available.rawValue] : nil
        let resource = try await find(try subject(of: call), kind, states: states)
        var members = try view(resource).members()
        if kind == .imagePipeline { members.merge(try await runs(of: resource)) { $1 } }
        if kind == .lifecyclePolicy { members["dateLastRun"] = try await lastRun(of: resource) }
        let wrapper = kind.typeName.prefix(1).lowercased() + kind.typeName.dropFirst()
        return .object([wrapper: .object(members)].merging(references(resource)) { $1 })
    }

    private func references(_ resource: StoredResource) -> [String: JSONValue] {
        view(resource).latestReferences.map { ["latestVersionReferences": $0] } ?? [:]
    }

    func delete(_ call: Call, _ kind: ResourceKind) async throws(APIError) -> JSONValue {
        let arn = try subject(of: call)
        _ = try await find(arn, kind)
        do { try await store.delete(arn) } catch {
            guard case .inUse(let dependents) = error.code else { throw APIError(error) }
            throw APIError.hasDependents(arn, dependents)
        }
        return call.input
    }

    /// The ARN that an operation is about: the one member of its input that ends so and is required.
    private func subject(of call: Call) throws(APIError) -> String {
        let required = contract.structure(call.operation.input)?.required ?? []
        return try call.required(required.first { $0.hasSuffix("Arn") } ?? "")
    }

    func update(
        _ call: Call, _ request: ResourceRequest, _ around: ResourceRequest.Surroundings = .init()
    ) async throws(APIError) -> JSONValue {
        let arn = try subject(of: call)
        _ = try await find(arn, request.kind)
        let made = try request.made(around)
        let update = ResourceUpdate(
            arn, document: try await sealed(made.document), references: made.references, state: made.state)
        let stored = try await asking { try await store.update(update, token: call.token) }
        return created(call, stored)
    }
}
