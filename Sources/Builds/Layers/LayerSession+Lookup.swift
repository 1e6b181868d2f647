import Disks
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage

extension LayerSession {
    /// The longest run of components, from the first on, whose layers are in the store and whole.
    ///
    /// - Parameters:
    ///   - earlier: builds of the same recipe, the newest first: what has changed since is told by them.
    ///   - explain: told of each component whether it is taken, and why not.
    func kept(
        earlier: [BuildRecord], explain: (_ component: String, _ isKept: Bool, _ why: String) -> Void
    ) async throws -> [BuildRecord.Layer] {
        let longest = try longestPrefix()
        var layers: [BuildRecord.Layer] = []
        for (index, step) in plan.steps.enumerated() {
            guard layers.count == index else {
                explain(step.name, false, "what it lies on has changed")
                continue
            }
            if index >= longest {
                let asked = options.usesKept ? "--from \(options.from ?? "")" : "--no-cache"
                explain(step.name, false, index == longest ? asked : "what it lies on has changed")
                continue
            }
            switch try await look(index) {
            case .found(let record):
                explain(step.name, true, "kept of a build \(Self.age(record.created)) ago")
                layers.append(layer(record, index))
            case .missing: explain(step.name, false, difference(index, earlier))
            case .unfit(let why): explain(step.name, false, why)
            case .damaged(let key):
                try await store.drop(key)
                explain(step.name, false, "what was kept of it is damaged")
            }
        }
        return layers
    }

    private enum Found {
        case found(LayerRecord)
        case missing
        case unfit(String)
        case damaged(String)
    }

    private func look(_ index: Int) async throws -> Found {
        let step = plan.steps[index]
        guard let key = ingredients[index]?.key else { return .unfit("the settings say that it is never kept") }
        guard let (record, lock) = try await store.hold(key) else { return .missing }
        var boot: FileLock?
        if let key = record.boot {
            boot = try await store.hold(key)?.lock
            if boot == nil { return .missing }
        }
        if LayerRecord.isExpired(record.created, after: plan.settings.cache.limit(for: step.name)) {
            return .unfit("what is kept of it is too old by the settings")
        }
        guard try await parentIsKnown() else { return .unfit("the parent's disk is not what it was") }
        if let change = await change(of: record.inputs) { return .unfit(change) }
        if let key = try await damage(of: record, index) { return .damaged(key) }
        hold(lock)
        if let boot { hold(boot) }
        return .found(record)
    }

    /// Why there is no layer of these ingredients, by the newest build that has had one of the component.
    private func difference(_ index: Int, _ earlier: [BuildRecord]) -> String {
        let name = plan.steps[index].name
        guard let now = ingredients[index],
            let last = earlier.lazy.compactMap({ $0.layers.last { $0.component == name } }).first
        else { return "it has not been built here" }
        guard let before = last.ingredients else { return last.obstacle ?? "it was not kept" }
        return now.difference(from: before) ?? "it is not kept any more"
    }

    static func age(_ date: Date) -> String {
        let seconds = max(0, Date().timeIntervalSince(date))
        return switch seconds {
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86_400)) days"
        }
    }
}
