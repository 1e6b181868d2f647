import Disks
public import Failures
import HostSystem
import SystemPackage

extension LayerCache {
    /// What is wrong with a layer.
    public struct Damage: Sendable, Codable, Equatable {
        public var key: String
        public var component: String
        /// Some words.
        public var what: String
        /// Whether it has gone since, with what lay on it.
        public var isDropped: Bool
    }

    /// Reads all layers whole and compares them with what was kept.
    ///
    /// - Parameters:
    ///   - drops: removes those that are damaged, as the next build that wants one would.
    ///   - progress: told of each that is looked at.
    /// - Throws: `BuildFailure`.
    public func verify(
        drops: Bool, progress: (_ done: Int, _ total: Int) -> Void
    ) async throws(BuildFailure) -> [Damage] {
        do {
            var found: [Damage] = []
            let keys = try store.names()
            for (index, key) in keys.enumerated() {
                progress(index, keys.count)
                try Task.checkCancellation()
                guard let (what, isMemory) = try await damage(of: key) else { continue }
                let component = store.record(key)?.component ?? ""
                let isDropped = drops ? try await isMemory ? dropMemory(of: key) : store.drop(key) : false
                found.append(Damage(key: key, component: component, what: what, isDropped: isDropped))
            }
            return found
        } catch { throw BuildFailure(error) }
    }

    private func damage(of key: String) async throws -> (what: String, isMemory: Bool)? {
        let place = store.place(key)
        guard let lock = try? FileLock.tryAcquire(place.lock, shared: true) else { return nil }  // It is being made.
        defer { withExtendedLifetime(lock) {} }
        guard Folders.exists(place.folder) else { return nil }
        guard let record = store.record(key) else { return ("its record cannot be read", false) }
        guard let backing = try? await QemuImage.information(place.disk).backingFile else {
            try Task.checkCancellation()
            return ("its disk is no overlay any more", false)
        }
        if record.support.hasPrefix(LayerIngredients.parentPrefix) {
            guard (try? await store.digest(of: FilePath(backing))) == record.below else {
                return ("the parent that it lies on is not what it was", false)
            }
        } else {
            let below = store.record(record.support)
            guard backing == store.place(record.support).disk.string, below?.digest == record.below else {
                return ("the layer that it lies on is not what it was", false)
            }
        }
        guard await digest(place.disk) == record.digest else { return ("its disk is not what was kept", false) }
        guard let boot = record.booted else { return nil }
        return await digest(place.memory) == boot.memoryDigest ? nil : ("its RAM is not what was kept", true)
    }

    private func digest(_ file: FilePath) async -> String? { await offPool { try? FileDigest.sha256(file).digest } }

    private func dropMemory(of key: String) async throws -> Bool {
        try await store.locked("dropping a booted guest") { [store] in
            guard let record = store.record(key) else { return true }
            return try store.removeMemory(record)
        }
    }
}
