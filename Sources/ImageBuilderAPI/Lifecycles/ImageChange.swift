import Failures
import Foundation
import Store

/// Carries out one action on one image and on what it was made into.
///
/// Whatever ends the process in the middle, doing all of it again finishes it: an image that is to go is marked as deleted
/// first, then AMIs go, then its file, and its entry in the store last. Where something cannot go, the image is what it was
/// before, and the next run finds it again.
struct ImageChange: Sendable {
    let store: KilnStore
    let holdings: any ImageHoldings
    /// Its id.
    let execution: String
    let clock: @Sendable () -> Date

    /// What keeps an image from being changed.
    struct Obstacle: Error {
        let status: LifecycleEntry.Status
        let reason: String
    }

    /// - Returns: the entry as it has ended, and is stored.
    func run(_ entry: LifecycleEntry) async throws -> LifecycleEntry {
        var entry = entry
        entry.began = entry.began ?? clock()
        do {
            guard let image = try await store.resource(entry.id) else {
                try await end(&entry, entry.action == .delete ? .success : .skipped, "There is no such image any more.")
                return entry
            }
            try check(image, entry.action)
            if entry.action == .delete {
                try await delete(image, &entry)
            } else {
                try await change(image, &entry)
            }
            try await end(&entry, .success)
        } catch let obstacle as Obstacle {
            try await giveBack(entry, obstacle.reason)
            try await end(&entry, obstacle.status, obstacle.reason)
        }
        return entry
    }

    private func check(_ image: StoredResource, _ action: LifecycleAction) throws {
        let state = image.state.flatMap(ImageState.init)
        guard let state, state == action.state || state.canBecome(action.state) else {
            throw Obstacle(
                status: .skipped,
                reason: "The image is \(image.state ?? "in no state") and cannot become \(action.state.rawValue).")
        }
    }

    private func change(_ image: StoredResource, _ entry: inout LifecycleEntry) async throws {
        let outputs = try await ImageOutputs(of: image, in: store)
        try await carryOut(try await examine(outputs, of: image, entry))
        if let digest = outputs.digest, entry.scope?.includesAMIs == true {
            // The file is to builds here what an AMI is to EC2. Deprecated ones are launched still.
            switch entry.action {
            case .available, .disable:
                let isUsable = entry.action == .available
                try await change(digest, image, entry.action) { try await holdings.setUsable(isUsable, digest) }
            case .deprecate, .delete: break
            }
        }
        // What is excluded stays as it is, and the image changes all the same.
        if image.state != entry.action.state.rawValue {
            _ = try await store.transition(image.arn, to: entry.action.state, reason: entry.reason)
        }
    }

    // MARK: Deletion

    private func delete(_ image: StoredResource, _ entry: inout LifecycleEntry) async throws {
        let outputs = try await ImageOutputs(of: image, in: store)
        let isMarked = image.state == ImageState.deleted.rawValue
        if !isMarked { try await demandFreedom(image, outputs) }
        let amis = try await examine(outputs, of: image, entry)
        let kept = amis.filter { $0.entry.status == .skipped }
        if kept.isEmpty, !isMarked {
            entry.previous = image.state.flatMap(ImageState.init)
            try await save(entry)
            _ = try await store.transition(image.arn, to: .deleted, reason: entry.reason)
        }
        try await carryOut(amis)
        guard kept.isEmpty else {
            throw Obstacle(
                status: .skipped, reason: "It stays, as \(kept.map(\.ami.id).joined(separator: ", ")) does.")
        }
        if let digest = outputs.digest {
            try await change(digest, image, .delete) { try await holdings.remove(digest) }
        }
        try await asking { try await store.delete(image.arn) }
    }

    /// That nothing else needs the image, neither in the store nor on the disk.
    private func demandFreedom(_ image: StoredResource, _ outputs: ImageOutputs) async throws {
        let users = try await store.dependents(on: image.arn)
        guard users.isEmpty else {
            throw Obstacle(status: .failed, reason: "It is used by \(users.prefix(5).joined(separator: ", ")).")
        }
        guard let digest = outputs.digest else { return }
        if let reason = try await asking({ try await holdings.obstacle(toRemoving: digest) }) {
            throw Obstacle(status: .failed, reason: reason)
        }
    }

    /// Does something about the image's file, and lists it.
    private func change(
        _ digest: String, _ image: StoredResource, _ action: LifecycleAction,
        _ body: @Sendable () async throws -> Void
    ) async throws {
        var entry = LifecycleEntry(id: "sha256:\(digest)", parent: image.arn, action: action)
        entry.account = store.account.account
        entry.region = store.account.region
        entry.began = clock()
        do {
            try await asking(body)
        } catch let obstacle as Obstacle {
            try await end(&entry, .failed, obstacle.reason)
            throw obstacle
        }
        try await end(&entry, .success)
    }

    private func giveBack(_ entry: LifecycleEntry, _ reason: String) async throws {
        guard entry.action == .delete, let state = entry.previous else { return }
        try await store.restore(entry.id, to: state, reason: "It could not be deleted: \(reason)")
    }

    // MARK: Entries

    func end(
        _ entry: inout LifecycleEntry, _ status: LifecycleEntry.Status, _ reason: String? = nil
    ) async throws {
        entry.end(status, reason, at: clock())
        try await save(entry)
    }

    func save(_ entry: LifecycleEntry) async throws { try await store.add([entry.resource], to: execution) }

    /// What others refuse is no end of the execution; that somebody ends this process is.
    func asking<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        do { return try await body() } catch {
            try Task.checkCancellation()
            let failure = error as? any ReportableError
            let reason = failure.map { one in one.hint.map { "\(one.message) (\($0))" } ?? one.message } ?? "\(error)"
            throw Obstacle(status: .failed, reason: reason)
        }
    }
}
