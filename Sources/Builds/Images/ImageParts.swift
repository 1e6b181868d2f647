import Crypto
import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage

/// What the images of builds have in common: what one build's layers below the last have written, as files of their own that
/// other images with the same layers lie on too.
///
///     parts/<key>/disk.qcow2    what differs from the part below, or from the parent
///     parts/<key>/base.json     that one: `ImageBase`
///     parts/<key>/lock          shared: a build is about to make an image on it
///
/// The layers themselves may go, or be made anew; a part goes with the last image on it.
struct ImageParts: Sendable {
    let home: KilnHome
    /// Fewer bytes are not worth a file of their own: each image has them.
    var smallest: Int64 = 64 << 20

    /// What a new image of these layers is to lie on. While this lives, that stays.
    struct Held: Sendable {
        var ground: ImageGround
        var locks: [FileLock] = []
    }

    /// A layer, or what lies between two: its file, and the digest of that.
    struct Level: Sendable {
        var disk: FilePath
        var digest: String
        /// Bytes that it takes, with what lies between it and the one below.
        var bytes: Int64
    }

    /// Finds or makes the parts for layers.
    ///
    /// - Parameters:
    ///   - levels: of a chain on the parent, the lowest first; without the last one, which other images may have otherwise.
    ///   - work: a folder on the same file system, for files in the making.
    func hold(_ levels: [Level], on parent: ImageBase, work: FilePath) async throws -> Held {
        var held = Held(ground: ImageGround(parent: parent))
        var (key, bytes) = (parent.digest, Int64(0))
        for level in levels {
            key = SHA256.hash(data: Array("\(key) \(level.digest)".utf8)).hexadecimal
            bytes += level.bytes
            guard bytes >= smallest else { continue }
            if !Folders.exists(place(key).record) { try await make(key, of: level.disk, on: held.ground, work) }
            // One that is damaged, or lies elsewhere: the image does without it and what would lie on it.
            guard let (base, lock) = try await find(key, on: held.ground.base) else { break }
            held.locks.append(lock)
            held.ground = ImageGround(base: base, cut: level.disk)
            bytes = 0
        }
        return held
    }

    private struct Place {
        let folder: FilePath
        var disk: FilePath { folder.appending("disk.qcow2") }
        var record: FilePath { folder.appending("part.json") }
        var lock: FilePath { folder.appending("lock") }
    }

    private struct Record: Codable {
        /// SHA-256 of the disk's file.
        var digest: String
    }

    private func place(_ key: String) -> Place { Place(folder: home.parts.appending(key)) }

    private func find(_ key: String, on base: ImageBase) async throws -> (ImageBase, FileLock)? {
        let place = place(key)
        let lock = try await locked { try FileLock.tryAcquire(place.lock, shared: true) }
        guard let lock, let record: Record = JSONRecord.read(place.record), ImageBase(of: place.disk) == base,
            try await LayerStore(home: home).digest(of: place.disk) == record.digest
        else { return nil }
        return (ImageBase(disk: place.disk.string, digest: record.digest), lock)
    }

    private func make(_ key: String, of layer: FilePath, on ground: ImageGround, _ work: FilePath) async throws {
        let (overlay, draft) = (work.appending("part.qcow2"), work.appending("part.qcow2.new"))
        defer { for file in [overlay, draft] { try? Folders.remove(file) } }
        try Folders.remove(overlay)
        try await QemuImage.createOverlay(overlay, on: layer)
        try await ground.merge(overlay, to: draft)
        let digest = try await offPool {
            try DurableFile.sync(draft)
            return try FileDigest.sha256(draft).digest
        }
        let place = place(key)
        try await locked {
            // Another build may have made it meanwhile.
            if Folders.exists(place.record) { return }
            try Folders.create(place.folder)
            try JSONRecord.write(ground.base, to: ImageBase.file(of: place.disk))
            try DurableFile.rename(draft, to: place.disk)
            // Last: a part without it was never finished.
            try JSONRecord.write(Record(digest: digest), to: place.record)
            try DurableFile.sync(home.parts)
        }
        try await LayerStore(home: home).know(digest, of: place.disk)
    }

    /// Removes the parts that no image lies on, and no build is about to make one on.
    func sweep() async throws {
        guard Folders.exists(home.parts) else { return }
        try await locked { try remove() }
    }

    /// The same, for who has the images' lock.
    func remove() throws {
        guard Folders.exists(home.parts) else { return }
        let used = ImageBase.filesInUse(home: home)
        for name in try Folders.names(in: home.parts) where !used.contains(place(name).disk.string) {
            guard let lock = try FileLock.tryAcquire(place(name).lock) else { continue }
            defer { withExtendedLifetime(lock) {} }
            try Folders.remove(place(name).record)
            try Folders.remove(place(name).folder)
        }
    }

    private func locked<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) async throws -> Value {
        let lock = try await ImageLibrary(home: home).lock(for: "the parts of images")
        defer { _ = lock }
        return try await offPool { try body() }
    }
}
