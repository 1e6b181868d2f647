import Foundation
import Store

/// Carries out one lifecycle execution, from where it has come to its end.
struct LifecycleWork: Sendable {
    let store: KilnStore
    let holdings: any ImageHoldings
    let execution: LifecycleExecution
    let clock: @Sendable () -> Date

    typealias End = (status: LifecycleStatus, reason: String?)

    func run() async throws -> End {
        var (failed, count) = (0, 0)
        let entries = try await entries()
        for (index, entry) in entries.enumerated() {
            var entry = entry
            if entry.status == .inProgress {
                // One that a process was ended in the middle of is brought to its end.
                if entry.previous == nil, let reason = try await reasonToStop() {
                    try await skip(entries[index...], reason)
                    return (.cancelled, reason)
                }
                entry = try await ImageChange(
                    store: store, holdings: holdings, execution: execution.id, clock: clock
                ).run(entry)
            }
            count += 1
            if entry.status == .failed { failed += 1 }
        }
        guard failed > 0 else { return (.success, nil) }
        return (.failed, "\(failed) of \(count) images could not be changed.")
    }

    /// One an image: those that were found when it began, else what is found now.
    private func entries() async throws -> [LifecycleEntry] {
        var (found, token): ([LifecycleEntry], String?) = ([], nil)
        repeat {
            let page = try await store.lifecycleResources(of: execution.id, limit: 500, token: token)
            found += page.items.compactMap(LifecycleEntry.init)
            token = page.nextToken
        } while token != nil
        guard found.isEmpty else { return found }
        found = try await plan()
        try await store.add(found.map(\.resource), to: execution.id)
        return found
    }

    private func plan() async throws -> [LifecycleEntry] {
        guard let request = try? JSONParser.parse(Array(execution.request)) else { return [] }
        if let state = request["state"]?["status"]?.text.flatMap(ImageState.init(rawValue:)),
            let action = LifecycleAction(to: state)
        {
            let scope = LifecycleScope(
                include: request["includeResources"], exclusions: request["exclusionRules"]?["amis"])
            return [entry(execution.resource, action, "Asked for.", scope)]
        }
        let choices = LifecycleSelection(request).choices(of: try await candidates(), at: clock())
        return choices.map { entry($0.image.arn, $0.rule.action, $0.reason, $0.rule.scope) }
    }

    private func entry(
        _ image: String, _ action: LifecycleAction, _ reason: String, _ scope: LifecycleScope
    ) -> LifecycleEntry {
        var entry = LifecycleEntry(id: image, action: action, reason: reason)
        entry.account = store.account.account
        entry.region = store.account.region
        entry.scope = scope
        return entry
    }

    private func candidates() async throws -> [LifecycleCandidate] {
        var candidates: [LifecycleCandidate] = []
        let states = LifecycleAction.delete.affected.map(\.rawValue).sorted()
        var query = ResourceQuery(
            .image, grouping: .builds(of: nil), filters: [ResourceFilter(.state, states)], limit: 100)
        while true {
            let page = try await store.list(query)
            candidates += page.items.compactMap { LifecycleCandidate($0) }
            guard let token = page.nextToken else { return candidates }
            query.token = token
        }
    }

    /// Nil where the execution goes on.
    private func reasonToStop() async throws -> String? {
        let status = try await store.lifecycleExecution(execution.id)?.status
        guard status == .inProgress else { return "The lifecycle execution was cancelled." }
        guard (try? ResourceARN(execution.resource))?.kind == .lifecyclePolicy else { return nil }
        let policy = try await store.resource(execution.resource)
        return policy == nil || policy?.state == "DISABLED" ? "The lifecycle policy was deleted or disabled." : nil
    }

    private func skip(_ entries: ArraySlice<LifecycleEntry>, _ reason: String) async throws {
        let now = clock()
        let skipped = entries.filter { $0.status == .inProgress }.map { entry in
            var entry = entry
            entry.end(.skipped, reason, at: now)
            return entry.resource
        }
        try await store.add(skipped, to: execution.id)
    }
}
