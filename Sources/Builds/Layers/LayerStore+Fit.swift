import Disks
import Failures
import HostSystem
import SystemPackage

extension LayerStore {
    /// Removes the layers and the booted guests' RAM that were used the longest ago, never what is used now, until the rest
    /// takes at most `limit` bytes and the disk has `free` bytes left.
    ///
    /// - Returns: the bytes that were freed.
    @discardableResult
    func fit(limit: Int64, free: UInt64) async throws -> Int64 {
        guard Folders.exists(home.layers) else { return 0 }
        return try await locked("making room") {
            var candidates = try all().flatMap(candidates)
            var total = candidates.reduce(0) { $0 + $1.bytes }
            var freed: Int64 = 0
            // RAM before the disk that goes with it.
            candidates.sort { ($0.used, $0.isMemory ? 0 : 1) < ($1.used, $1.isMemory ? 0 : 1) }
            while try total > limit || Folders.freeSpace(at: home.layers) < free {
                let supports = Set(candidates.filter { !$0.isMemory }.map(\.record.support))
                guard let index = candidates.firstIndex(where: { $0.isMemory || !supports.contains($0.record.key) })
                else { break }
                let candidate = candidates.remove(at: index)
                guard try candidate.isMemory ? removeMemory(candidate.record) : remove(candidate.record.key) else {
                    // It is used, and what lies below it too.
                    var used = candidate.record.support
                    while let next = candidates.firstIndex(where: { !$0.isMemory && $0.record.key == used }) {
                        used = candidates.remove(at: next).record.support
                    }
                    continue
                }
                total -= candidate.bytes
                freed += candidate.bytes
            }
            return freed
        }
    }

    private struct Candidate {
        var record: LayerRecord
        var isMemory = false
        var bytes: Int64
        var used: Int64
    }

    private func candidates(_ record: LayerRecord) -> [Candidate] {
        let place = place(record.key)
        let used = (try? FileStamp(of: place.used).modified) ?? 0
        func candidate(_ file: FilePath, isMemory: Bool) -> Candidate {
            Candidate(record: record, isMemory: isMemory, bytes: (try? Folders.allocated(file)) ?? 0, used: used)
        }
        let disk = candidate(place.disk, isMemory: false)
        return record.booted == nil ? [disk] : [candidate(place.memory, isMemory: true), disk]
    }

    /// Makes of a kept boot a mere disk, for the layers that lie on it.
    ///
    /// - Returns: false where somebody uses it.
    func removeMemory(_ record: LayerRecord) throws -> Bool {
        guard let lock = try FileLock.tryAcquire(place(record.key).lock) else { return false }
        defer { withExtendedLifetime(lock) {} }
        try eraseMemory(record)
        return true
    }

    private func eraseMemory(_ record: LayerRecord) throws {
        let place = place(record.key)
        var disk = record
        disk.booted = nil
        try JSONRecord.write(disk, to: place.record)
        try Folders.remove(place.memory)
    }

    /// Has no further copy made of a boot that does not serve, unless somebody else uses it now.
    func forget(_ boot: HeldBoot) async throws {
        try await locked("dropping a booted guest") {
            if boot.lock.makeExclusive() { try eraseMemory(boot.record) }
        }
    }
}
