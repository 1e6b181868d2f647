import Documents
import Failures
import Foundation
import ImageBuilderAPI
import Store

/// A template's resources on their way into the store: all of them or none.
struct TemplateApplication: Sendable {
    let wanted: [WantedResource]
    /// Logical IDs of images, which `kiln build` makes.
    let images: [String]
    /// Values that are sealed wherever they stand.
    let secrets: Set<String>

    init(_ documents: DocumentSet, _ context: TemplateContext) throws {
        let templates = try documents.resolve(context)
        var sources: [ImageBuilderARN: String] = [:]
        for template in templates {
            for component in template.components where !component.isOutside {
                sources[component.arn] = component.document.source
            }
            for workflow in template.workflows { sources[workflow.arn] = workflow.document.source }
        }
        let resources = try documents.resources(in: context)
        wanted = try resources.compactMap { [sources] resource in
            try WantedResource(resource, source: resource.arn.flatMap { sources[$0] })
        }.sorted { Self.place($0) < Self.place($1) }
        secrets = templates.reduce(into: []) { $0.formUnion($1.secrets(file: documents.settings.first ?? .init())) }
        images = resources.filter { $0.type == .image }.map(\.logicalID)
    }

    /// What others refer to comes before them; within a kind, the template's order stays.
    private static func place(_ wanted: WantedResource) -> Int {
        let order: [ResourceKind] = [
            .component, .workflow, .imageRecipe, .containerRecipe, .infrastructureConfiguration,
            .distributionConfiguration, .imagePipeline, .lifecyclePolicy,
        ]
        return order.firstIndex(of: wanted.kind) ?? order.count
    }

    /// - Parameter replaces: a recipe that differs takes the place of its version, as it does for whoever builds from it.
    func apply(
        to store: KilnStore, isDryRun: Bool = false, replaces: Bool = false
    ) async throws(StoreFailure) -> [AppliedResource] {
        let (wanted, secrets) = (self.wanted, self.secrets)
        return try await store.transaction(isDryRun: isDryRun) { transaction throws(StoreFailure) in
            var names: [String: String] = [:]
            var applied: [AppliedResource] = []
            for resource in wanted {
                let outcome = try Self.apply(resource, names, hiding: secrets, replaces: replaces, transaction)
                names[resource.reference] = outcome.arn
                applied.append(outcome)
            }
            return applied
        }
    }

    private static func apply(
        _ wanted: WantedResource, _ names: [String: String], hiding secrets: Set<String>, replaces: Bool,
        _ transaction: StoreTransaction
    ) throws(StoreFailure) -> AppliedResource {
        let made = try make(wanted, names, transaction)
        var new = made.resource
        new.document = try transaction.sealed(new.document, hiding: secrets)
        try chooseVersion(&new, made.version, transaction)
        func applied(_ outcome: AppliedResource.Outcome, _ stored: StoredResource) -> AppliedResource {
            AppliedResource(
                outcome: outcome, logicalID: wanted.logicalID, type: wanted.type.rawValue, arn: stored.arn)
        }
        guard let (there, isSame) = try transaction.twin(of: new) else {
            return applied(.created, try transaction.create(new))
        }
        if !isSame, new.kind.hasBuilds { return applied(.created, try transaction.create(new)) }
        guard isSame || replaces || !new.kind.isVersioned else {
            throw StoreFailure(
                .alreadyExists(arn: there.arn),
                "\(wanted.logicalID): \(there.arn) is there with another content, and \(new.kind.phrase) is never changed",
                hint: "give it another Version")
        }
        // What a component's or a pipeline's state was set to since, a template that does not say otherwise leaves.
        let isOther = there.tags != new.tags || there.references != new.references
        let changesState = wanted.saysState && there.state != new.state
        guard !isSame || isOther || changesState else { return applied(.unchanged, there) }
        return applied(
            .updated,
            try transaction.update(
                ResourceUpdate(
                    there.arn, document: isSame ? nil : new.document, references: new.references, tags: new.tags,
                    state: changesState ? new.state : nil)))
    }

    private static func make(
        _ wanted: WantedResource, _ names: [String: String], _ transaction: StoreTransaction
    ) throws(StoreFailure) -> (resource: NewResource, version: ResourceVersionPattern?) {
        do throws(ResourceRequest.Refusal) {
            let request = try wanted.request(names)
            var around = ResourceRequest.Surroundings(text: wanted.text)
            around.components = request.componentReferences.map { document(of: $0, transaction) ?? .null }
            // A parent that only this machine's catalogue knows is no resource.
            around.parent = request.parentReference.flatMap { document(of: $0, transaction) }
            around.recipe = request.recipeReference.flatMap { document(of: $0, transaction) }
            return (try request.resource(around), request.version)
        } catch {
            throw StoreFailure(.invalidDocument, "\(wanted.logicalID): \(error.message)", cause: error)
        }
    }

    /// Nil where it is not in the store; that it has to be there, the store says itself.
    private static func document(of arn: String, _ transaction: StoreTransaction) -> JSONValue? {
        guard let found = try? transaction.resolve(arn) else { return nil }
        return try? JSONValue(parsing: Array(found.document))
    }

    /// "1.0.x" is the newest that matches where its content is this, else the one behind it.
    private static func chooseVersion(
        _ new: inout NewResource, _ pattern: ResourceVersionPattern?, _ transaction: StoreTransaction
    ) throws(StoreFailure) {
        guard let pattern, pattern.exact == nil, new.kind.isVersioned else { return }
        let name = transaction.account.arn(new.kind, new.name, workflowType: new.workflowType).with(version: pattern)
        let newest = try transaction.resolve(name.description)?.version
        new.version = newest ?? pattern.next(after: nil)
        guard newest != nil, try transaction.twin(of: new)?.isSame != true else { return }
        new.version = pattern.next(after: newest)
    }
}
