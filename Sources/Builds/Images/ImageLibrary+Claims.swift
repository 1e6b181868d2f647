import Disks
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// What keeps an image from being removed.
extension ImageLibrary {
    /// The lock under which images are put in place, claimed and removed; held for moments.
    func lock(for purpose: String) async throws(DiskFailure) -> FileLock {
        do {
            try Folders.create(home.data)
            return try await FileLock.acquire(home.imagesLock, within: .seconds(60), for: purpose)
        } catch let failure as HostFailure {
            throw DiskFailure(failure)
        } catch {
            throw DiskFailure(.cancelled, "cancelled while waiting for \(home.imagesLock)")
        }
    }

    /// Makes sure that a build's parent is there, and stays: whoever removes images sees the build's lock from here on.
    ///
    /// The build's record is saved and its lock held already.
    func claim(_ disk: FilePath) async throws(DiskFailure) {
        let lock = try await lock(for: "starting a build")
        defer { _ = lock }
        try sweepDrafts()
        guard Folders.exists(disk) else {
            throw DiskFailure(
                .notFound, "the parent's disk \(disk) has been removed", hint: "kiln image ls; import or make it again")
        }
    }

    /// - Throws: `DiskFailure`: `inUse` where a running build or a kept guest needs the image, or an unfinished build could
    ///   be resumed on it.
    func checkUnused(_ entry: ImageEntry, force: Bool) throws(DiskFailure) {
        if let run = RunWorkspace.users(of: entry.disk, home: home).first {
            throw DiskFailure(
                .inUse, "the guest of the run \(run) lies on \(entry.name)", hint: "wait for it, or end it with ^C")
        }
        if let kept = KeptGuest.all(home: home).first(where: { $0.files.contains(entry.disk) }) {
            throw DiskFailure(
                .inUse, "the guest that is kept of \(kept.build) runs on \(entry.name)",
                hint: "end it with `kiln shell \(kept.build) --end`")
        }
        let builds = BuildFolder.all(home: home)
        let unfinished = BuildFolder.keptLayers(builds, now: Date())
        for build in builds {
            let folder = BuildFolder(home: home, id: build.id)
            let needsIt = build.parent?.disk == entry.disk
            if !build.state.isFinal, try isRunning(folder) {
                // The image of a build that freezes right now has no name yet.
                guard needsIt || build.image == entry.digest || entry.kind == .unknown else { continue }
                throw DiskFailure(
                    .inUse, "the build \(build.id) of \(build.recipe) \(build.version) uses \(entry.name) now",
                    hint: "wait for it, or end it with ^C")
            }
            guard needsIt, !force,
                try hasOverlays(folder) || unfinished.contains(build.id) && hasStoredLayers(build)
            else { continue }
            throw DiskFailure(
                .inUse, "the unfinished build \(build.id) of \(build.recipe) \(build.version) lies on \(entry.name)",
                hint: "finish it with `kiln build --resume`, or give --force to drop what it has done")
        }
    }

    /// - Throws: `DiskFailure`: `inUse` where images have only what differs from this one.
    func checkNoBase(_ entry: ImageEntry) throws(DiskFailure) {
        let images = ImageBase.images(on: entry.disk, home: home)
        guard let first = images.first else { return }
        let known = try entries()
        let names = images.map { digest in
            let built = known.first { $0.digest == digest && $0.kind != .unknown }
            return built.map { "\($0.name) \($0.version ?? "")" } ?? "sha256:\(digest.prefix(12))"
        }
        throw DiskFailure(
            .inUse,
            "\(entry.name) is the base of \(names.prefix(4).joined(separator: ", "))"
                + (names.count > 4 ? " and \(names.count - 4) more" : ""),
            hint:
                "first remove what lies on it: kiln image rm \(first.prefix(12)); `kiln export --format qcow2` makes a "
                + "file of an image that stands alone")
    }

    private func hasOverlays(_ folder: BuildFolder) throws(DiskFailure) -> Bool {
        guard Folders.exists(folder.overlays) else { return false }
        return try !names(folder.overlays).isEmpty
    }

    private func hasStoredLayers(_ build: BuildRecord) -> Bool {
        let store = LayerStore(home: home)
        return build.layers.contains { layer in layer.key.map { store.record($0) != nil } ?? false }
    }

    /// Drops the layers on an image that goes, those of unfinished builds and those that are kept.
    func dropLayers(on entry: ImageEntry) async throws(DiskFailure) {
        do { _ = try await LayerStore(home: home).drop(on: entry.digest) } catch {
            throw DiskFailure(.commandFailed, BuildFailure(error).message, cause: error)
        }
        for build in BuildFolder.all(home: home) where build.parent?.disk == entry.disk {
            try remove(BuildFolder(home: home, id: build.id).overlays)
        }
    }

    func remove(_ path: FilePath) throws(DiskFailure) {
        do { try Folders.remove(path) } catch { throw DiskFailure(error) }
    }

    private func isRunning(_ folder: BuildFolder) throws(DiskFailure) -> Bool {
        do { return try FileLock.tryAcquire(folder.lock) == nil } catch { throw DiskFailure(error) }
    }
}
