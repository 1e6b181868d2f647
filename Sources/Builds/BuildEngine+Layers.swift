import Disks
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage

extension BuildEngine {
    /// Below that much room on the disk, what is kept goes before a build begins.
    private static let roomForBuild: UInt64 = 4 << 30

    /// The layers that need not be made again.
    func keptLayers(_ layers: LayerSession) async throws -> [BuildRecord.Layer] {
        let earlier = BuildFolder.all(home: home).filter { $0.recipe == plan.name }
        for name in plan.settings.cache.components.keys.sorted()
        where !plan.components.contains(where: { $0.name == name }) {
            observe(.note("the settings' cache names \(name), which is no component of the template"))
        }
        let kept = try await layers.kept(earlier: earlier) { name, isKept, why in
            if isKept {
                observe(.note("\(name) is \(why)"))
            } else if layerOptions.explains {
                observe(.note("\(name) runs: \(why)"))
            }
        }
        let freed = try await layers.store.fit(limit: layers.sizeLimit, free: Self.roomForBuild)
        if freed > 0 { observe(.note("dropped \(freed >> 20) MiB of layers that were not used for the longest time")) }
        return kept
    }

    /// What is freed where a disk is full, so that it is not full again at once.
    private static let moreRoom: UInt64 = 1 << 30

    /// Drops layers that nobody uses, for want of room.
    ///
    /// - Returns: whether there is more room now, or enough already.
    func makeRoom(_ layers: LayerSession) async -> Bool {
        guard let freed = try? await layers.store.fit(limit: .max, free: Self.moreRoom), freed > 0 else {
            return (try? Folders.freeSpace(at: home.layers)).map { $0 >= Self.moreRoom } ?? false
        }
        observe(.note("no space left in \(home.data): dropped \(freed >> 20) MiB of layers that nobody uses"))
        return true
    }

    /// Does it again where there was no room, and there is now.
    func withRoom<Value: Sendable>(
        _ layers: LayerSession, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch let failure as DiskFailure where failure.code == .noSpace {
            guard await makeRoom(layers) else { throw failure }
            return try await body()
        }
    }

    /// Gives the build the image of an earlier one, where nothing has changed since.
    ///
    /// - Returns: the image, and the build that has it already; nil, where there is none.
    func takeUnchanged(
        _ build: inout BuildRecord, _ layers: LayerSession, _ folder: BuildFolder
    ) async throws -> (image: FrozenImage, build: String)? {
        guard let same = try await unchanged(layers), let image = same.frozenImage(home) else { return nil }
        var taking = build
        taking.takeImage(of: same)
        // From here on whoever removes images sees that this one is used; and finds out who was first.
        try folder.save(taking)
        do throws(DiskFailure) { try await ImageLibrary(home: home).claim(image.disk) } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        build = taking
        if layerOptions.explains {
            for step in plan.steps { observe(.note("\(step.name) does not run: nothing of it has changed")) }
        }
        observe(.note("nothing has changed since \(same.id): its image is the one"))
        return (image, same.id)
    }

    /// The newest build of the same plan whose image is there, where nothing that either was made of has changed.
    private func unchanged(_ layers: LayerSession) async throws -> BuildRecord? {
        guard try layers.longestPrefix() == plan.steps.count, try await layers.parentIsKnown() else { return nil }
        let digest = plan.digest
        for build in BuildFolder.all(home: home) where build.plan == digest && build.state == .available {
            guard build.isTested == true, build.parent?.digest == plan.parent?.digest,
                try await layers.areCurrent(build),
                let image = build.frozenImage(home), try await layers.store.digest(of: image.disk) == image.digest
            else { continue }
            return build
        }
        return nil
    }
}

extension LayerSession {
    /// Nothing of the build reads from its layers any more: what there is too much of goes.
    func end() async {
        release()
        _ = try? await store.fit(limit: sizeLimit, free: 0)
    }

    /// Bytes.
    var sizeLimit: Int64 { plan.settings.cache.maxSize }

    /// Whether each component of a build would be taken from the store now, were it there.
    func areCurrent(_ build: BuildRecord) async throws -> Bool {
        guard build.layers.count == ingredients.count, let tests = build.testInputs else { return false }
        for (layer, ingredients) in zip(build.layers, ingredients) {
            guard let ingredients, layer.ingredients == ingredients, let inputs = layer.inputs,
                let created = layer.created,
                !LayerRecord.isExpired(created, after: plan.settings.cache.limit(for: layer.component)),
                await change(of: inputs) == nil
            else { return false }
            // Another build has made it anew since, of what is not compared; the clock need not say so.
            if let kept = store.record(ingredients.key), kept.digest != layer.digest { return false }
        }
        return await change(of: tests) == nil
    }
}

extension BuildRecord {
    /// The image of a build that has one; its content is not looked at.
    func frozenImage(_ home: KilnHome) -> FrozenImage? {
        guard let image else { return nil }
        return FrozenImage.named(image, home: home)
    }

    mutating func takeImage(of earlier: BuildRecord) {
        (base, layers) = (earlier.base, earlier.layers)
        (image, finish) = (earlier.image, earlier.finish)
        (isTested, testInputs) = (earlier.isTested, earlier.testInputs)
    }
}
