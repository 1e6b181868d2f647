import Disks
import Failures
import HostSystem
import SystemPackage

/// The finished components of all builds of a home: overlays in chains, each below its key.
///
///     layers/<key>/disk.qcow2     reads from the layer below by its name, or from the parent's disk
///     layers/<key>/layer.json     written last
///     layers/<key>/memory.zst     of a boot that is kept: the guest's RAM
///     layers/<key>/memory-….save  the same as libvirt reads it, while a build uses it
///     layers/<key>/lock           shared: a build uses it; exclusive: it is being made or dropped
///     layers/<key>/used           its time of change is the layer's last use
///
/// Whoever changes what is there holds `layers.lock`, for moments only.
struct LayerStore: Sendable {
    let home: KilnHome

    init(home: KilnHome) { self.home = home }

    struct Place: Sendable {
        let folder: FilePath
        var disk: FilePath { folder.appending("disk.qcow2") }
        var record: FilePath { folder.appending("layer.json") }
        var memory: FilePath { folder.appending("memory.zst") }
        var lock: FilePath { folder.appending("lock") }
        var used: FilePath { folder.appending("used") }
    }

    func place(_ key: String) -> Place { Place(folder: home.layers.appending(key)) }

    /// A layer in the making: nobody else makes or uses it.
    struct Draft: Sendable {
        let key: String
        let place: Place
        let lock: FileLock
    }

    /// What the digests of parameters are keyed with, so that a copy of the store tells nobody a short password. Made once.
    func secret() async throws -> [UInt8] {
        let file = home.layers.appending("secret")
        return try await locked("reading the layers' secret") {
            if let bytes = try? Folders.read(file), bytes.count == 32 { return bytes }
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255) }
            try DurableFile.write(bytes, to: file, permissions: 0o600)
            return bytes
        }
    }

    func record(_ key: String) -> LayerRecord? {
        guard let record: LayerRecord = JSONRecord.read(place(key).record), record.key == key else { return nil }
        return record
    }

    func all() throws(HostFailure) -> [LayerRecord] { try names().compactMap(record) }

    func names() throws(HostFailure) -> [String] { try Folders.names(in: home.layers).filter { $0.count == 64 } }

    /// Takes a finished layer for a build: it stays while the lock is held.
    func hold(_ key: String) async throws -> (record: LayerRecord, lock: FileLock)? {
        try await locked("using a layer") {
            guard let record = record(key), let lock = try FileLock.tryAcquire(place(key).lock, shared: true) else {
                return nil
            }
            try? DurableFile.write([], to: place(key).used)
            return (record, lock)
        }
    }

    /// Takes a key for a layer that a build is about to finish. What is there under it goes, and what lies on that.
    ///
    /// - Returns: nil where somebody uses what is there, or makes it now.
    func draft(_ key: String) async throws -> Draft? {
        try await locked("making a layer") {
            guard try remove(key) else { return nil }
            let place = place(key)
            try Folders.create(place.folder)
            guard let lock = try FileLock.tryAcquire(place.lock) else { return nil }
            return Draft(key: key, place: place, lock: lock)
        }
    }

    /// Moves a finished overlay to its name. The guest that wrote it may still read from it.
    ///
    /// - Parameter record: all but the overlay's digest.
    /// - Returns: the record; the draft's lock says from here on that the layer is used.
    func adopt(_ overlay: FilePath, as draft: Draft, _ record: LayerRecord) async throws -> LayerRecord {
        var layer = record
        layer.digest = try await offPool {
            try DurableFile.sync(overlay)
            return try FileDigest.sha256(overlay).digest
        }
        try await locked("keeping a layer") { try DurableFile.rename(overlay, to: draft.place.disk) }
        try await finish(layer, draft)
        return layer
    }

    /// Makes a layer of a draft whose files are there and whole. The draft's lock says from here on that it is used.
    func finish(_ layer: LayerRecord, _ draft: Draft) async throws {
        try await locked("keeping a layer") {
            try DurableFile.write([], to: draft.place.used)
            try JSONRecord.write(layer, to: draft.place.record)
            try DurableFile.sync(draft.place.folder.removingLastComponent())
            try draft.lock.share()
        }
    }

    /// Drops a layer, and what lies on it.
    ///
    /// - Returns: whether it is gone; somebody may use it.
    @discardableResult
    func drop(_ key: String) async throws -> Bool {
        try await locked("dropping a layer") { try remove(key) }
    }

    func locked<Value: Sendable>(_ purpose: String, _ body: @Sendable @escaping () throws -> Value) async throws
        -> Value
    {
        try Folders.create(home.layers)
        let lock = try await FileLock.acquire(home.layersLock, within: .seconds(60), for: purpose)
        defer { _ = lock }
        return try await offPool { try body() }
    }
}
