import Components
import Disks
import Documents
import Failures
import Foundation
import HostSystem
import Synchronization
import SystemPackage

/// The layers of one build: those it takes from the store, which stay while it lives, and those that it adds.
final class LayerSession: Sendable {
    let store: LayerStore
    let plan: BuildPlan
    let options: LayerOptions
    /// Of each component, the lowest first; nil: it is not kept.
    let ingredients: [LayerIngredients?]
    /// Note in `traffic` what components fetch and store.
    let origins: (any FileOrigins)?
    let traffic: ComponentTraffic
    /// For comparing what earlier builds fetched, which no component of this one asks for.
    private let plainOrigins: (any FileOrigins)?
    /// What the parent's disk holds now. Only where that is what the parent is known by, layers on it are taken and kept.
    let parentDigest: Deferred<String>
    private let state = Mutex(State())

    private struct State {
        var locks: [FileLock] = []
        /// False once a layer was not kept, or somebody uses another one of its key: what follows is not kept either.
        var keeps = true
    }

    init(
        plan: BuildPlan, home: KilnHome, options: LayerOptions, origins: (any FileOrigins)?
    ) async throws {
        store = LayerStore(home: home)
        self.plan = plan
        self.options = options
        let (store, base) = (store, plan.base)
        parentDigest = Deferred { try await store.digest(of: base) }
        // It is read whole the first time, beside what else a build begins with.
        if plan.parent != nil { Task { [parentDigest] in _ = try? await parentDigest.value() } }
        ingredients = plan.ingredients(secret: try await store.secret())
        let traffic = ComponentTraffic(secrets: plan.secrets)
        self.traffic = traffic
        plainOrigins = origins
        self.origins = origins.map { RecordingOrigins($0, traffic) }
    }

    /// How many of the components may come from the store by the options.
    ///
    /// - Throws: `BuildFailure` code `invalid` for a component that the recipe does not have.
    func longestPrefix() throws(BuildFailure) -> Int {
        guard options.usesKept else { return 0 }
        guard let from = options.from else { return plan.steps.count }
        if let index = plan.steps.firstIndex(where: { $0.name == from }) { return index }
        if let number = Int(from), plan.steps.indices.contains(number - 1) { return number - 1 }
        let names = plan.steps.map(\.name).joined(separator: ", ")
        throw BuildFailure(
            .invalid, "the recipe \(plan.name) has no component '\(from)'", hint: "one of \(names), or its number")
    }

    /// Whether the parent's disk is what its record says.
    func parentIsKnown() async throws -> Bool {
        guard let parent = plan.parent else { return false }
        return try await parentDigest.value() == parent.digest
    }

    func hold(_ lock: FileLock) { state.withLock { $0.locks.append(lock) } }

    /// Nothing of the build reads from its layers any more.
    func release() { state.withLock { $0.locks = [] } }

    /// The place in the store for what a component has made; nil where it is not kept.
    ///
    /// - Parameter obstacle: why it should not be; the settings may ask for it by the component's name all the same.
    func draft(_ index: Int, obstacle: String?) async throws -> LayerStore.Draft? {
        let isWanted = obstacle == nil || plan.settings.cache.components[plan.steps[index].name] != nil
        guard isWanted, state.withLock({ $0.keeps }), let key = ingredients[index]?.key,
            try await parentIsKnown(), let draft = try await store.draft(key)
        else {
            state.withLock { $0.keeps = false }
            return nil
        }
        return draft
    }

    /// Keeps what a component has made.
    func adopt(
        _ overlay: FilePath, as draft: LayerStore.Draft, _ index: Int, seconds: Double, inputs: [LayerInput]
    ) async throws -> BuildRecord.Layer? {
        guard let ingredients = ingredients[index] else { return nil }
        let step = plan.steps[index]
        let record = try await store.adopt(
            overlay, as: draft,
            LayerRecord(
                ingredients: ingredients, recipe: plan.name, component: step.name, version: step.version,
                created: Date(), digest: "", below: try below(index).digest, inputs: inputs, seconds: seconds))
        hold(draft.lock)
        return layer(record, index)
    }

    /// The file that a kept layer reads from, and its digest.
    private func below(_ index: Int) throws -> (disk: FilePath, digest: String) {
        guard index > 0, let key = ingredients[index - 1]?.key else { return (plan.base, plan.parent?.digest ?? "") }
        guard let record = store.record(key) else {
            throw BuildFailure(
                .failed, "the layer of \(plan.steps[index - 1].name) has gone from \(store.place(key).folder)",
                hint: "leave \(store.home.layers) to kiln while it builds")
        }
        return (store.place(key).disk, record.digest)
    }

    /// Whether a layer is what was kept, on what it was made on; what lies below is known to be whole.
    func isWhole(_ record: LayerRecord, _ index: Int) async throws -> Bool {
        let disk = store.place(record.key).disk
        guard let below = try? below(index), record.below == below.digest,
            (try? await QemuImage.information(disk).backingFile) == below.disk.string
        else { return false }
        return try await offPool { try FileDigest.sha256(disk).digest == record.digest }
    }

    func layer(_ record: LayerRecord, _ index: Int) -> BuildRecord.Layer {
        let step = plan.steps[index]
        return BuildRecord.Layer(
            component: step.name, version: step.version, document: step.digest,
            overlay: store.place(record.key).disk.string, digest: record.digest, ingredients: record.ingredients,
            created: record.created, inputs: record.inputs)
    }

    /// Compared at the same time: each may be a request to a server.
    private static let width = 8

    /// Why one of the inputs is not what it was; nil where all are.
    func change(of inputs: [LayerInput]) async -> String? {
        let (plan, origins) = (plan, plainOrigins)
        for start in stride(from: 0, to: inputs.count, by: Self.width) {
            let change = await withTaskGroup(of: String?.self) { group in
                for input in inputs[start..<min(start + Self.width, inputs.count)] {
                    group.addTask { await input.change(origins) { try plan.document(of: $0) } }
                }
                return await group.reduce(nil) { $0 ?? $1 }
            }
            if let change { return change }
        }
        return nil
    }
}
