import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage

extension BuildEngine {
    /// The build to run: a new one, or the newest with the same plan that has something to go on from.
    func open(resume: Bool, _ layers: LayerSession) async throws -> OpenBuild {
        let plan = plan
        guard resume else {
            return try BuildFolder.create(home: home) { id in
                BuildRecord(
                    id: id, state: .pending, recipe: plan.name, version: plan.version, plan: plan.digest,
                    parent: plan.parent, started: Date())
            }
        }
        let digest = plan.digest
        var busy: String?
        for found in BuildFolder.all(home: home) where found.plan == digest && found.isResumable {
            let folder = BuildFolder(home: home, id: found.id)
            guard let lock = try FileLock.tryAcquire(folder.lock) else {
                busy = found.id
                continue
            }
            // Read again: its owner may have ended it between the look and the lock.
            guard var build = folder.load(), build.plan == digest, build.isResumable else { continue }
            try await trust(&build, folder, layers)
            build.state = .pending
            (build.reason, build.ended) = (nil, nil)
            return OpenBuild(record: build, folder: folder, lock: lock)
        }
        if let busy { throw BuildFailure(.unavailable, "another kiln process is running the build \(busy)") }
        throw BuildFailure(
            .invalid, "there is no unfinished build of this template to resume", hint: "kiln build without --resume")
    }

    /// Keeps those layers that are as they were written, on a parent that is as it was; what follows them runs again.
    private func trust(_ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession) async throws {
        var isSameParent = build.base == (try? FileStamp(of: plan.base)) && build.parent?.digest == plan.parent?.digest
        if isSameParent, plan.parent != nil { isSameParent = try await layers.parentIsKnown() }
        guard isSameParent else {
            observe(.note("the parent's disk has changed since: all components run again"))
            build.layers = []
            build.isTested = nil
            return
        }
        var trusted = try await keptLayers(layers)
        // What this build made itself lies on the layers that it knows, not on those that another build has put in their place.
        let liesOnThose = build.layers.starts(with: trusted)
        for layer in build.layers.dropFirst(trusted.count) {
            if layer.key == nil, liesOnThose, trusted.count < plan.steps.count,
                plan.steps[trusted.count].digest == layer.document, try await isWhole(folder.disk(of: layer), layer),
                try await layers.holdBoot(of: layer, trusted.count)
            {
                trusted.append(layer)
                continue
            }
            observe(.note("the layer of \(layer.component) is not what it was: it runs again, and what follows it"))
            break
        }
        build.layers = trusted
    }

    private func isWhole(_ overlay: FilePath, _ layer: BuildRecord.Layer) async throws -> Bool {
        guard let digest = layer.digest, Folders.exists(overlay) else { return false }
        return try await offPool { try FileDigest.sha256(overlay).digest == digest }
    }
}
