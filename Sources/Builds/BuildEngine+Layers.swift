import Disks
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage

extension BuildEngine {
    /// Below that much room on the disk, what is kept goes before a build begins.
    private static let roomForBuild: Int64 = 4 << 30

    /// The layers that need not be made again.
    func keptLayers(_ layers: LayerSession, _ folder: BuildFolder) async throws -> [BuildRecord.Layer] {
        let earlier = BuildFolder.all(home: home).filter { $0.recipe == plan.name }
        for name in plan.settings.cache.components.keys.sorted() where !plan.steps.contains(where: { $0.name == name })
        {
            observe(.note("the settings' cache names \(name), which is no component of \(plan.name)"))
        }
        let kept = try await layers.kept(earlier: earlier, scratch: folder.overlays) { name, isKept, why in
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

    /// The newest build of the same plan whose image is there, where nothing that either was made of has changed.
    func unchanged(_ layers: LayerSession, _ folder: BuildFolder) async throws -> BuildRecord? {
        guard try layers.longestPrefix() == plan.steps.count else { return nil }
        let digest = plan.digest
        for build in BuildFolder.all(home: home) where build.plan == digest && build.state == .available {
            guard build.isTested == true, build.base == (try? FileStamp(of: plan.base)),
                let disk = build.frozenImage(home)?.disk, build.imageFile == (try? FileStamp(of: disk)),
                try await layers.areCurrent(build, scratch: folder.overlays)
            else { continue }
            return build
        }
        return nil
    }
}

extension LayerSession {
    /// Bytes.
    var sizeLimit: Int64 { Int64(plan.settings.cache.maxSizeGiB) << 30 }

    /// Whether each component of a build would be taken from the store now, were it there.
    func areCurrent(_ build: BuildRecord, scratch: FilePath) async throws -> Bool {
        guard build.layers.count == ingredients.count, let tests = build.testInputs else { return false }
        for (layer, ingredients) in zip(build.layers, ingredients) {
            guard let ingredients, layer.ingredients == ingredients, let inputs = layer.inputs,
                let created = layer.created,
                !LayerRecord.isExpired(created, after: plan.settings.cache.limit(for: layer.component)),
                await changed(inputs, scratch: scratch) == nil
            else { return false }
        }
        return await changed(tests, scratch: scratch) == nil
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
        (image, imageFile, finish) = (earlier.image, earlier.imageFile, earlier.finish)
        (isTested, testInputs) = (earlier.isTested, earlier.testInputs)
    }
}
