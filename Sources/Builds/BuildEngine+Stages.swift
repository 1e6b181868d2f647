import Components
import Crypto
import Disks
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

extension BuildEngine {
    /// Where a build begins: a disk, and the guest that is to be started on it, where components are left to run.
    enum Work: Sendable {
        case disk(FilePath)
        case guest(GuestStart, GuestStart.Prepared)
    }

    /// A fresh overlay on the last finished layer, or on the base.
    func workDisk(for build: BuildRecord, _ folder: BuildFolder, _ layers: LayerSession) async throws -> Work {
        guard build.layers.count < plan.steps.count else {
            return .disk(try await makeDisk("\(build.layers.count)", build, folder))
        }
        try Folders.create(folder.logs)
        let start = try await guestStart(build, folder, layers)
        return .guest(start, try await start.prepare())
    }

    func makeDisk(_ name: String, _ build: BuildRecord, _ folder: BuildFolder) async throws -> FilePath {
        let overlay = folder.unusedOverlay(name, home: home)
        try Folders.remove(overlay)
        try await WorkDisk.create(
            overlay, on: build.layers.last.map(folder.disk) ?? plan.base, gibibytes: plan.diskGiB)
        if build.layers.isEmpty, let parent = plan.parent {
            try await WorkDisk.bringAgent(to: overlay, of: parent, appliance: appliance) { observe(.note($0)) }
        }
        return overlay
    }

    /// How the guest for the components that follow the finished ones is started.
    func guestStart(_ build: BuildRecord, _ folder: BuildFolder, _ layers: LayerSession) async throws -> GuestStart {
        let number = build.layers.count
        return GuestStart(
            hypervisor: try await hypervisor.value(), store: layers.store, recipe: plan.name,
            ground: try await layers.ground(number, on: build.layers.last),
            define: { try definition(build.id, "build", disk: $0, folder) },
            makeDisk: { try await makeDisk("boot", build, folder) },
            nextDisk: { folder.unusedOverlay("\(number)", home: home) }
        ) { observe(.note($0)) }
    }

    func definition(
        _ id: String, _ role: String, disk: FilePath, _ folder: BuildFolder
    ) throws(HostFailure) -> GuestDefinition {
        let console = folder.logs.appending("\(role)-console.log")
        // A guest that is kept of this build still writes to it.
        for kept in KeptGuest.all(home: home) where kept.console == console.string {
            try kept.moveConsole(to: folder.logs.appending("\(kept.name)-console.log"))
        }
        var definition = GuestDefinition(buildID: id, role: role, disk: disk, console: console)
        definition.apply(plan.settings)
        definition.agentStartsEarly = plan.parent?.agent.needsBundle ?? false
        return definition
    }

    /// Freezes the image, and makes an overlay on it for its tests, with an agent in it where they need one.
    ///
    /// - Parameters:
    ///   - parent: what the chain lies on; nil: the image is to be whole in itself.
    ///   - announce: see there.
    func freeze(
        _ top: FilePath, on parent: ImageBase?, of build: BuildRecord, _ finish: FinishReport, _ folder: BuildFolder,
        _ layers: LayerSession, announce: @escaping @Sendable (String) throws(DiskFailure) -> Void
    ) async throws -> (image: FrozenImage, testDisk: FilePath?) {
        var held: ImageParts.Held?
        if let parent {
            held = try await ImageParts(home: home).hold(
                levels(build, folder, layers).dropLast(), on: parent, work: folder.overlays)
        }
        let image = try await FrozenImage.freeze(
            top: top, on: held?.ground, work: folder.overlays, home: home, announce: announce)
        withExtendedLifetime(held) {}
        // The user's test workflows have a disk each.
        guard plan.pipeline.testsEnabled, plan.workflows.tests == nil else { return (image, nil) }
        do { return (image, try await testDisk(on: image, finish, folder)) } catch {
            // No record will name it.
            try? Folders.remove(image.disk.removingLastComponent())
            throw error
        }
    }

    /// An overlay on a frozen image, with an agent in it where it needs one.
    func testDisk(on image: FrozenImage, _ finish: FinishReport, _ folder: BuildFolder) async throws -> FilePath {
        let overlay = folder.unusedOverlay("test", home: home)
        try Folders.remove(overlay)
        try await QemuImage.createOverlay(overlay, on: image.disk)
        if finish.agent.needsBundle {
            try await AgentInjection.run(
                disk: overlay, system: finish.system, work: folder.overlays, settings: appliance)
        }
        return overlay
    }

    /// The layers of a build, each with the boot that it lies on.
    private func levels(_ build: BuildRecord, _ folder: BuildFolder, _ layers: LayerSession) -> [ImageParts.Level] {
        // Of builds before Kiln kept their digests there is nothing to know a layer by.
        guard build.layers.allSatisfy({ $0.digest != nil }) else { return [] }
        return build.layers.map { layer in
            let disk = folder.disk(of: layer)
            let boot = layer.boot.map { layers.store.place($0).disk }
            let bytes = [disk, boot].compactMap { $0 }.reduce(0) { $0 + ((try? Folders.allocated($1)) ?? 0) }
            return ImageParts.Level(disk: disk, digest: layer.digest ?? "", bytes: bytes)
        }
    }

    /// Boots a fresh overlay of the frozen image by its own boot loader and runs the test phases.
    func test(
        _ overlay: FilePath, on image: FilePath, _ id: String, _ folder: BuildFolder, _ layers: LayerSession,
        agentStartsEarly: Bool
    ) async throws {
        let begin = ContinuousClock.now
        let tested = try await testGuest(overlay, id, folder, layers, agentStartsEarly: agentStartsEarly)
        do {
            let left = plan.testLimit - (ContinuousClock.now - begin - .seconds(tested.waited))
            try await withDeadline(left, for: "the tests of \(id)") {
                try await self.runTests(on: tested, folder, layers)
            }
        } catch {
            let failure = blamed(error, tested)
            await leave(tested, disk: overlay, on: [image])
            throw failure
        }
        await tested.destroy()
        try Folders.remove(overlay)
    }

    /// A guest that has booted on an overlay of the frozen image.
    func testGuest(
        _ overlay: FilePath, _ id: String, _ folder: BuildFolder, _ layers: LayerSession, agentStartsEarly: Bool
    ) async throws -> RunningGuest {
        try Folders.create(folder.logs)
        var guest = try definition(id, "test", disk: overlay, folder)
        guest.agentStartsEarly = agentStartsEarly
        observe(.note("booting the test guest"))
        let tested = try await hypervisor.value().start(guest)
        timings.add(.waiting, tested.waited)
        tested.whenDiskIsFull { await makeRoom(layers) }
        return tested
    }

    /// The components' test phases.
    func runTests(on guest: RunningGuest, _ folder: BuildFolder, _ layers: LayerSession) async throws {
        let runner = self.runner(guest, folder.logs.appending("test"), layers)
        let start = ContinuousClock.now
        let boots = guest.bootSeconds
        for (index, step) in plan.steps.enumerated() {
            try await runner.run(
                step.document, named: step.name, number: index + 1, phases: ["test"], parameters: step.parameters
            ).demandSuccess()
        }
        try await demandSentinel(guest)
        timings.add(.components, (ContinuousClock.now - start).seconds - (guest.bootSeconds - boots))
        timings.add(.boots, guest.bootSeconds)
    }

    /// A step that failed because the host gave its guest no more room is the host's failure, not the component's.
    func blamed(_ error: any Error, _ guest: RunningGuest) -> any Error {
        guard let end = guest.end, end.exitStatus == .unavailable, let step = error as? ComponentFailure,
            step.code == .stepFailed || step.code == .guestLost
        else { return error }
        return BuildFailure(.unavailable, step.message, hint: end.hint ?? step.hint, cause: step)
    }

    /// Leaves a guest that something has failed in to its user, where that was asked for and nobody has pressed ^C;
    /// ends any other.
    func leave(_ guest: RunningGuest, disk: FilePath, on below: [FilePath]) async {
        if let keepOnFailure, !Task.isCancelled, guest.isUsable {
            do throws(GuestFailure) {
                let kept = try await guest.keep(for: keepOnFailure, disk: disk, on: below)
                for line in kept.words { observe(.note(line)) }
                return
            } catch {
                observe(.note("the guest cannot be kept: \(error.message)"))
            }
        }
        await guest.destroy()
    }

    /// The guest that was tested must itself say so: it hashes a number that it is given only now. A guest or channel that
    /// has gone quiet can't.
    private func demandSentinel(_ guest: RunningGuest) async throws {
        let nonce = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let path = "/run/kiln-sentinel"
        try await guest.write(nonce, to: path, permissions: 0o600)
        let sum = SentinelOutput()
        let exit = try await guest.run(GuestCommand(["sha256sum", path], limit: .seconds(60))) { sum.add($0.bytes) }
        guard exit == .exited(0), sum.text.hasPrefix(SHA256.hash(data: nonce).hexadecimal) else {
            throw BuildFailure(.failed, "the tested guest did not confirm the end of its tests", hint: "kiln logs")
        }
    }
}
