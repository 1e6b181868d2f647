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
        /// The boot that the guest was made from, and the component that its disk lies below.
        var boot: (index: Int, held: Task<HeldBoot, any Error>)?
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
    func release() { state.withLock { ($0.locks, $0.boot) = ([], nil) } }

    // MARK: The guest's boot

    /// What the guest for a component, and those that follow it, boots on.
    ///
    /// - Returns: nil where that is no file of the store and no parent that is known, or no boot is to be kept.
    func ground(_ index: Int, on last: BuildRecord.Layer?) async throws -> BootGround? {
        guard options.keepsBoots, sizeLimit > 0, let parent = plan.parent, try await parentIsKnown() else { return nil }
        if index == 0 { return .parent(parent, gibibytes: plan.diskGiB) }
        guard let last, let key = last.key, let digest = last.digest else { return nil }
        return BootGround(
            key: key, disk: store.place(key).disk, digest: digest,
            settings: BootGround.settings(parent, plan.diskGiB))
    }

    /// Takes note of the boot that a component's guest was made from.
    func lies(_ index: Int, on boot: Task<HeldBoot, any Error>?) {
        state.withLock { $0.boot = boot.map { (index, $0) } }
    }

    /// The boot that a component's layer lies on; nil: on the layer below.
    func boot(below index: Int) async throws -> HeldBoot? {
        guard let boot = state.withLock({ $0.boot }), boot.index == index else { return nil }
        return try await boot.held.value
    }

    /// Waits until what is written of the boot is there.
    func finishBoot() async { _ = await state.withLock { $0.boot }?.held.result }

    /// What follows lies on what is no component's.
    func stopKeeping() { state.withLock { $0.keeps = false } }

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
        let boot = try await boot(below: index)
        let record = try await store.adopt(
            overlay, as: draft,
            LayerRecord(
                ingredients: ingredients, recipe: plan.name, component: step.name, version: step.version,
                created: Date(), digest: "", below: try boot?.record.digest ?? below(index).digest,
                boot: boot?.record.key, inputs: inputs, seconds: seconds))
        hold(draft.lock)
        return layer(record, index)
    }

    /// The disk that a kept layer was made on, and its digest: what lies below it, but for a boot in between.
    private func below(_ index: Int) throws -> (disk: FilePath, digest: String) {
        guard index > 0, let key = ingredients[index - 1]?.key else { return (plan.base, plan.parent?.digest ?? "") }
        guard let record = store.record(key) else {
            throw BuildFailure(
                .failed, "the layer of \(plan.steps[index - 1].name) has gone from \(store.place(key).folder)",
                hint: "leave \(store.home.layers) to kiln while it builds")
        }
        return (store.place(key).disk, record.digest)
    }

    /// Looks whether a layer is what was kept, on what it was made on; what lies below is known to be whole.
    ///
    /// - Returns: the key of what is not: the layer's, or that of the boot it lies on; nil: both are.
    func damage(of record: LayerRecord, _ index: Int) async throws -> String? {
        guard let below = try? below(index) else { return record.key }
        guard let key = record.boot else { return try await store.isWhole(record, on: below) ? nil : record.key }
        guard let boot = store.record(key), try await store.isWhole(boot, on: below) else { return key }
        return try await store.isWhole(record, on: (store.place(key).disk, boot.digest)) ? nil : record.key
    }

    /// Holds the boot that an unfinished build's own layer lies on.
    ///
    /// - Returns: false where it is not there any more, or damaged.
    func holdBoot(of layer: BuildRecord.Layer, _ index: Int) async throws -> Bool {
        guard let key = layer.boot else { return true }
        guard let (record, lock) = try await store.hold(key), let below = try? below(index),
            try await store.isWhole(record, on: below)
        else { return false }
        hold(lock)
        return true
    }

    func layer(_ record: LayerRecord, _ index: Int) -> BuildRecord.Layer {
        let step = plan.steps[index]
        return BuildRecord.Layer(
            component: step.name, version: step.version, document: step.digest,
            overlay: store.place(record.key).disk.string, digest: record.digest, ingredients: record.ingredients,
            created: record.created, inputs: record.inputs, boot: record.boot)
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
