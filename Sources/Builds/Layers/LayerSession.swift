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
    let origins: (any FileOrigins)?
    let inputs = InputList()
    private let state = Mutex(State())

    private struct State {
        var locks: [FileLock] = []
        /// A layer that somebody else uses under a key that we would need, or one that is not kept: what follows is not kept either.
        var keeps = true
    }

    init(
        plan: BuildPlan, home: KilnHome, options: LayerOptions, origins: (any FileOrigins)?
    ) async throws {
        store = LayerStore(home: home)
        self.plan = plan
        self.options = options
        ingredients = plan.ingredients(secret: try await store.secret())
        let inputs = inputs
        self.origins = origins.map { RecordingOrigins($0, inputs) }
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

    func hold(_ lock: FileLock) { state.withLock { $0.locks.append(lock) } }

    /// The place in the store for what a component has made; nil where it is not kept.
    func draft(_ index: Int) async throws -> LayerStore.Draft? {
        guard state.withLock({ $0.keeps }), let key = ingredients[index]?.key, let draft = try await store.draft(key)
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
                created: Date(), file: try FileStamp(of: overlay), digest: "", below: try FileStamp(of: below(index)),
                inputs: inputs, seconds: seconds))
        hold(draft.lock)
        return layer(record, index)
    }

    /// The file that a kept layer reads from.
    private func below(_ index: Int) -> FilePath {
        guard index > 0, let key = ingredients[index - 1]?.key else { return plan.base }
        return store.place(key).disk
    }

    /// Whether a layer is what was kept, on what it was made on.
    func isWhole(_ record: LayerRecord, _ index: Int) async throws -> Bool {
        let (disk, below) = (store.place(record.key).disk, below(index))
        guard let now = try? FileStamp(of: disk), now == record.file, let lower = try? FileStamp(of: below),
            lower == record.below, (try? await QemuImage.information(disk).backingFile) == below.string
        else { return false }
        return try await offPool { try FileDigest.sha256(disk).digest == record.digest }
    }

    func layer(_ record: LayerRecord, _ index: Int) -> BuildRecord.Layer {
        let step = plan.steps[index]
        return BuildRecord.Layer(
            component: step.name, version: step.version, document: step.digest,
            overlay: store.place(record.key).disk.string, file: record.file, ingredients: record.ingredients,
            created: record.created, inputs: record.inputs)
    }

    /// The first input that is not what it was.
    func changed(_ inputs: [LayerInput], scratch: FilePath) async -> LayerInput? {
        let plan = plan
        for input in inputs {
            let now = await input.current(origins, component: { try plan.document(of: $0) }, scratch: scratch)
            if now != input { return input }
        }
        return nil
    }
}
