import Documents
import Failures
import Foundation
import Store

/// A template's resources on their way into the store: all of them or none.
struct TemplateApplication: Sendable {
    let wanted: [WantedResource]
    /// Logical IDs of images, which `kiln build` makes.
    let images: [String]
    /// Logical IDs of resources whose document has the value of a `NoEcho` parameter.
    let exposing: [String]

    init(_ documents: DocumentSet, _ context: TemplateContext) throws {
        let templates = try documents.resolve(context)
        let components = templates.flatMap(\.components)
        let platform = components.first?.platform.rawValue ?? "Linux"
        let resources = try documents.resources(in: context)
        wanted = try resources.compactMap { resource in
            try WantedResource(
                resource, component: components.first { $0.arn == resource.arn }, platform: platform)
        }.sorted { Self.place($0) < Self.place($1) }
        let secrets = templates.reduce(into: Set<String>()) { $0.formUnion($1.secrets) }.filter { !$0.isEmpty }
        exposing = wanted.filter { wanted in
            let text = String(decoding: wanted.resource.document, as: UTF8.self)
            return secrets.contains(where: text.contains)
        }.map(\.logicalID)
        images = resources.filter { $0.type == .image }.map(\.logicalID)
    }

    /// What others refer to comes before them; within a kind, the template's order stays.
    private static func place(_ wanted: WantedResource) -> Int {
        let order: [ResourceKind] = [
            .component, .workflow, .imageRecipe, .containerRecipe, .infrastructureConfiguration,
            .distributionConfiguration, .imagePipeline, .lifecyclePolicy,
        ]
        return order.firstIndex(of: wanted.resource.kind) ?? order.count
    }

    func apply(to store: KilnStore, isDryRun: Bool) async throws(StoreFailure) -> [AppliedResource] {
        let wanted = self.wanted
        return try await store.transaction(isDryRun: isDryRun) { transaction throws(StoreFailure) in
            var names: [String: String] = [:]
            var applied: [AppliedResource] = []
            for resource in wanted {
                let outcome = try Self.apply(resource, names, transaction)
                names[resource.reference] = outcome.arn
                applied.append(outcome)
            }
            return applied
        }
    }

    private static func apply(
        _ wanted: WantedResource, _ names: [String: String], _ transaction: StoreTransaction
    ) throws(StoreFailure) -> AppliedResource {
        var new = wanted.renamed(names)
        try dropUnknownParent(&new, transaction)
        try chooseVersion(&new, wanted.pattern, transaction)
        func applied(_ outcome: AppliedResource.Outcome, _ stored: StoredResource) -> AppliedResource {
            AppliedResource(
                outcome: outcome, logicalID: wanted.logicalID, type: wanted.type.rawValue, arn: stored.arn)
        }
        guard let (there, isSame) = try transaction.twin(of: new) else {
            return applied(.created, try transaction.create(new))
        }
        if !isSame, new.kind.hasBuilds { return applied(.created, try transaction.create(new)) }
        guard isSame || !new.kind.isVersioned else {
            throw StoreFailure(
                .alreadyExists(arn: there.arn),
                "\(wanted.logicalID): \(there.arn) is there with another content, and \(new.kind.phrase) is never changed",
                hint: "give it another Version")
        }
        // What a component's or a pipeline's state was set to since, a template that does not say otherwise leaves.
        let isOther = there.tags != new.tags || there.references != new.references
        let changesState = new.kind == .component ? false : there.state != new.state
        guard !isSame || isOther || changesState else { return applied(.unchanged, there) }
        return applied(
            .updated,
            try transaction.update(
                ResourceUpdate(
                    there.arn, document: isSame ? nil : new.document, references: new.references, tags: new.tags,
                    state: changesState ? new.state : nil)))
    }

    /// A parent that only this machine's catalogue knows is no resource.
    private static func dropUnknownParent(
        _ new: inout NewResource, _ transaction: StoreTransaction
    ) throws(StoreFailure) {
        var kept: [String] = []
        for reference in new.references {
            let isImage = try ResourceARN(reference).kind == .image
            let isThere = try transaction.resolve(reference) != nil
            if isThere || !isImage { kept.append(reference) }
        }
        new.references = kept
    }

    /// "1.0.x" is the newest that matches where its content is this, else the one behind it.
    private static func chooseVersion(
        _ new: inout NewResource, _ pattern: ResourceVersionPattern?, _ transaction: StoreTransaction
    ) throws(StoreFailure) {
        guard let pattern, new.kind.isVersioned else { return }
        let name = transaction.account.arn(new.kind, new.name, workflowType: new.workflowType).with(version: pattern)
        let newest = try transaction.resolve(name.description)?.version
        new.version = newest ?? pattern.next(after: nil)
        guard newest != nil, try transaction.twin(of: new)?.isSame != true else { return }
        new.version = pattern.next(after: newest)
    }
}
