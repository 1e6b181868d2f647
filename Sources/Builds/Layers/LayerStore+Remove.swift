import Failures
import HostSystem
import SystemPackage

/// What goes from the store, and when. All of it under the store's lock.
extension LayerStore {
    /// Removes what there is under a key, and what lies on it, the topmost first.
    ///
    /// - Returns: false, with nothing of a used chain removed, where somebody uses one of them.
    func remove(_ key: String) throws -> Bool {
        let chain = try [key] + above(key)
        let busy = BuildFolder.filesInUse(home: home)
        var locks: [FileLock] = []
        for key in chain where Folders.exists(place(key).folder) {
            guard !busy.contains(place(key).disk.string), let lock = try FileLock.tryAcquire(place(key).lock) else {
                return false
            }
            locks.append(lock)
        }
        defer { withExtendedLifetime(locks) {} }
        for key in chain.reversed() { try erase(key) }
        return true
    }

    /// The record goes first: what is left after a crash is a layer that was never finished.
    private func erase(_ key: String) throws {
        try Folders.remove(place(key).record)
        try Folders.remove(place(key).folder)
    }

    /// The keys of all layers that lie on one, the nearest first.
    private func above(_ key: String) throws -> [String] {
        let records = try all()
        var found: [String] = []
        var next: Set<String> = [key]
        while !next.isEmpty {
            let children = records.filter { next.contains($0.support) && !found.contains($0.key) }.map(\.key)
            found += children
            next = Set(children)
        }
        return found
    }

    /// Removes what killed builds have begun, and layers whose record or whose lower layer has gone.
    ///
    /// - Returns: what there is to tell, a sentence each.
    func sweep() async throws -> [String] {
        guard Folders.exists(home.layers) else { return [] }
        return try await locked("sweeping layers") {
            var notes: [String] = []
            let busy = BuildFolder.filesInUse(home: home)
            var whole = Set(try all().map(\.key))
            for name in try names() where !whole.contains(name) {
                guard !busy.contains(place(name).disk.string),
                    let lock = try? FileLock.tryAcquire(place(name).lock)
                else { continue }
                defer { withExtendedLifetime(lock) {} }
                if Folders.exists(place(name).record) {
                    notes.append("\(place(name).record) cannot be read: what was kept there is dropped")
                }
                try erase(name)
            }
            for record in try all() where record.booted != nil {
                guard let lock = try? FileLock.tryAcquire(place(record.key).lock) else { continue }
                defer { withExtendedLifetime(lock) {} }
                try BootMemory.sweep(place(record.key))
            }
            var orphans: [LayerRecord]
            repeat {
                orphans = try all().filter {
                    !$0.support.hasPrefix(LayerIngredients.parentPrefix) && !whole.contains($0.support)
                }
                orphans = try orphans.filter { try remove($0.key) }
                whole.subtract(orphans.map(\.key))
            } while !orphans.isEmpty
            return notes
        }
    }

    /// Removes the layers on a parent's disk that goes.
    ///
    /// - Returns: whether all are gone; a build may use one.
    func drop(on parent: String) async throws -> Bool {
        guard Folders.exists(home.layers) else { return true }
        return try await locked("removing an image") {
            var all = true
            for record in try self.all() where record.support == LayerIngredients.parentPrefix + parent {
                all = try remove(record.key) && all
            }
            return all
        }
    }
}
