import Store

/// What becomes of the AMIs that an image was distributed as.
extension ImageChange {
    /// One AMI, and how far it is.
    struct AMIWork {
        let ami: OutputAMI
        var entry: LifecycleEntry
        /// Nil where there is no such AMI, or nothing to do.
        var facts: AMIFacts?
    }

    /// Looks at each AMI that the action goes for: what is excluded is skipped. Nothing is changed.
    func examine(
        _ outputs: ImageOutputs, of image: StoredResource, _ entry: LifecycleEntry
    ) async throws -> [AMIWork] {
        guard let scope = entry.scope, scope.includesAMIs else { return [] }
        var known: [String: LifecycleEntry] = [:]
        for resource in try await store.lifecycleResources(of: execution, parent: image.arn, limit: 1000).items {
            known[resource.id] = LifecycleEntry(resource)
        }
        var amis: [AMIWork] = []
        for ami in outputs.amis {
            var work = AMIWork(
                ami: ami, entry: known[ami.id] ?? LifecycleEntry(id: ami.id, parent: image.arn, action: entry.action))
            if work.entry.status == .inProgress {
                work.entry.account = ami.account
                work.entry.region = ami.region
                work.entry.began = work.entry.began ?? clock()
                do {
                    work.facts = try await look(at: ami, scope, &work.entry)
                    try await save(work.entry)
                } catch let obstacle as Obstacle {
                    try await end(&work.entry, obstacle.status, obstacle.reason)
                }
            }
            amis.append(work)
        }
        try demandSuccess(amis)
        return amis
    }

    private func look(
        at ami: OutputAMI, _ scope: LifecycleScope, _ entry: inout LifecycleEntry
    ) async throws -> AMIFacts? {
        guard holdings.touchesAWS else {
            throw Obstacle(
                status: .skipped, reason: "Nothing in AWS is changed by kiln serve without --distribute.")
        }
        let facts = try await asking {
            try await holdings.facts(of: ami, forExclusions: scope.exclusions.asksForMore)
        }
        guard let facts else {
            guard entry.action == .delete else {
                throw Obstacle(status: .skipped, reason: "EC2 knows no such AMI in \(ami.region).")
            }
            // An execution before may have noted its snapshots, and not have got rid of them.
            let earlier = try await scope.includesSnapshots ? store.lastEntry(of: ami.id) : nil
            for id in earlier.flatMap(LifecycleEntry.init)?.unfinishedSnapshots ?? [] where entry.snapshots[id] == nil {
                entry.snapshots[id] = .inProgress
            }
            return nil
        }
        if let reason = scope.exclusions.reason(in: ami.region, facts, at: clock()) {
            throw Obstacle(status: .skipped, reason: reason)
        }
        if entry.action == .delete, scope.includesSnapshots {
            // Noted before the AMI goes: nobody could tell them afterwards.
            for id in facts.snapshots where entry.snapshots[id] == nil { entry.snapshots[id] = .inProgress }
        }
        return facts
    }

    func carryOut(_ amis: [AMIWork]) async throws {
        var amis = amis
        for index in amis.indices where amis[index].entry.status == .inProgress {
            do {
                try await carryOut(&amis[index])
                try await end(&amis[index].entry, .success)
            } catch let obstacle as Obstacle {
                try await end(&amis[index].entry, obstacle.status, obstacle.reason)
            }
        }
        try demandSuccess(amis)
    }

    private func carryOut(_ work: inout AMIWork) async throws {
        let (ami, action) = (work.ami, work.entry.action)
        if let facts = work.facts {
            try await asking { try await holdings.carryOut(action, on: ami, facts) }
        }
        for (id, status) in work.entry.snapshots.sorted(by: { $0.key < $1.key }) where status != .success {
            do {
                try await asking { try await holdings.delete(snapshot: id, of: ami) }
                work.entry.snapshots[id] = .success
            } catch let obstacle as Obstacle {
                work.entry.snapshots[id] = .failed
                throw Obstacle(status: .failed, reason: "The snapshot \(id) stays: \(obstacle.reason)")
            }
        }
    }

    private func demandSuccess(_ amis: [AMIWork]) throws {
        guard let failed = amis.first(where: { $0.entry.status == .failed }) else { return }
        throw Obstacle(status: .failed, reason: "\(failed.ami.id): \(failed.entry.statusReason ?? "it failed.")")
    }
}
