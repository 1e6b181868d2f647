import Disks
public import Failures
public import Foundation
public import HostSystem
import SystemPackage

/// What a home keeps of components and boots, for people who look at it, check it or clear it away.
public struct LayerCache: Sendable {
    let store: LayerStore

    public init(home: KilnHome) { store = LayerStore(home: home) }

    /// A layer, as `kiln cache ls` shows it.
    public struct Entry: Sendable, Codable, Equatable {
        public enum Kind: String, Sendable, Codable {
            /// What a component has written.
            case component
            /// A guest that has booted: its disk, and its RAM where that is still there.
            case boot
            /// Its record cannot be read: the next build drops it.
            case unreadable
        }

        /// 64 hexadecimal digits.
        public var key: String
        public var kind: Kind
        /// Of the build that made it.
        public var recipe: String
        public var component: String
        public var version: String
        public var created: Date?
        public var used: Date?
        /// Bytes that its disk takes on the host, and its RAM.
        public var diskBytes: Int64
        public var memoryBytes: Int64
        /// The key of what it lies on, or "parent:" and the digest of the parent's disk.
        public var below: String
        /// Whether a kiln process uses or makes it now.
        public var isUsed: Bool
        public var disk: String
    }

    /// All of them, those that were used last first.
    ///
    /// - Throws: `BuildFailure`.
    public func entries() throws(BuildFailure) -> [Entry] {
        do {
            let busy = BuildFolder.filesInUse(home: store.home)
            return try store.names().map { entry($0, busy) }.sorted {
                ($0.used ?? .distantPast, $0.key) > ($1.used ?? .distantPast, $1.key)
            }
        } catch { throw BuildFailure(error) }
    }

    private func entry(_ key: String, _ busy: Set<String>) -> Entry {
        let (place, record) = (store.place(key), store.record(key))
        let isBoot = record.map { $0.component.isEmpty } ?? false
        let used = (try? FileStamp(of: place.used).modified).map { Double($0) / 1e9 }
        return Entry(
            key: key, kind: record == nil ? .unreadable : isBoot ? .boot : .component,
            recipe: record?.recipe ?? "", component: record?.component ?? "", version: record?.version ?? "",
            created: record?.created, used: used.map { Date(timeIntervalSince1970: $0) },
            diskBytes: (try? Folders.allocated(place.disk)) ?? 0,
            memoryBytes: (try? Folders.allocated(place.memory)) ?? 0, below: record?.support ?? "",
            isUsed: busy.contains(place.disk.string) || (try? FileLock.tryAcquire(place.lock)) == nil,
            disk: place.disk.string)
    }

    // MARK: Removal

    /// Removes layers, and what lies on them; what somebody uses stays.
    ///
    /// - Returns: of all that were there before, those that are gone, and those of `wanted` that are not.
    /// - Throws: `BuildFailure`.
    public func remove(_ wanted: [Entry]) async throws(BuildFailure) -> (gone: [Entry], used: [Entry]) {
        let before = try entries()
        do {
            for entry in wanted { try await store.drop(entry.key) }
        } catch { throw BuildFailure(error) }
        let left = Set(try entries().map(\.key))
        return (before.filter { !left.contains($0.key) }, wanted.filter { left.contains($0.key) })
    }
}
