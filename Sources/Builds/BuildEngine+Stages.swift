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
        let (below, isFirst) = (build.layers.last.map(folder.disk) ?? plan.base, build.layers.isEmpty)
        let (plan, home, appliance, observe) = (plan, home, appliance, observe)
        let number = build.layers.count
        let makeDisk = { @Sendable (name: String) async throws -> FilePath in
            let overlay = folder.unusedOverlay(name, home: home)
            try Folders.remove(overlay)
            try await WorkDisk.create(overlay, on: below, gibibytes: plan.diskGiB)
            if isFirst, let parent = plan.parent {
                try await WorkDisk.bringAgent(to: overlay, of: parent, appliance: appliance) { observe(.note($0)) }
            }
            return overlay
        }
        guard number < plan.steps.count else { return .disk(try await makeDisk("\(number)")) }
        try Folders.create(folder.logs)
        let id = build.id
        let start = GuestStart(
            hypervisor: try await hypervisor.value(), store: layers.store, recipe: plan.name,
            ground: try await layers.ground(number, on: build.layers.last),
            define: { try definition(id, "build", disk: $0, folder) },
            makeDisk: { try await makeDisk("boot") },
            nextDisk: { folder.unusedOverlay("\(number)", home: home) }
        ) { observe(.note($0)) }
        return .guest(start, try await start.prepare())
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

    /// Runs what is left of the components; each that has finished is an overlay that does not change any more.
    ///
    /// - Returns: the top overlay, its guest shut down in order, and an appliance for it that has been started meanwhile.
    func components(
        _ build: inout BuildRecord, _ folder: BuildFolder, _ work: Work, _ layers: LayerSession
    ) async throws -> (top: FilePath, appliance: WarmAppliance?) {
        let (start, prepared): (GuestStart, GuestStart.Prepared)
        switch work {
        case .disk(let disk): return (disk, nil)
        case .guest(let guest, let disk): (start, prepared) = (guest, disk)
        }
        var warm: WarmAppliance?
        let kept = prepared.boot.map { "a guest that has booted \(LayerSession.age($0.record.created)) ago goes on" }
        observe(.note(kept ?? "booting the build guest"))
        let begin = ContinuousClock.now
        let started = try await start.start(prepared)
        let guest = started.guest
        timings.add(.boots, (ContinuousClock.now - begin).seconds - guest.waited)
        timings.add(.waiting, guest.waited)
        let booted = guest.bootSeconds
        layers.lies(build.layers.count, on: started.boot)
        guest.whenDiskIsFull { await makeRoom(layers) }
        var top = guest.disk
        do {
            let runner = runner(guest, folder.logs.appending("build"), layers)
            for (index, step) in plan.steps.enumerated().dropFirst(build.layers.count) {
                try Task.checkCancellation()
                let start = ContinuousClock.now
                let boots = guest.bootSeconds
                // Most components leave a processor idle, and an appliance that has booted waits without using any.
                if index == plan.steps.count - 1, !WarmAppliance.canResume(appliance) {
                    warm = WarmAppliance(settings: appliance)
                }
                try await runner.run(
                    step.document, named: step.name, number: index + 1, phases: ["build", "validate"],
                    parameters: step.parameters
                ).demandSuccess()
                // Reboots inside a component are boots, not commands.
                timings.add(.components, (ContinuousClock.now - start).seconds - (guest.bootSeconds - boots))
                top = try await finish(
                    index, top, guest, &build, folder, layers, (ContinuousClock.now - start).seconds)
            }
            let stop = ContinuousClock.now
            if warm == nil { warm = WarmAppliance(settings: appliance) }
            try await guest.shutdown()
            timings.add(.boots, guest.bootSeconds - booted + (ContinuousClock.now - stop).seconds)
        } catch {
            await warm?.discard()
            await layers.finishBoot()
            // Where a layer could not be kept, the guest has gone on in the next overlay.
            let boots = Set(
                build.layers.compactMap(\.boot) + [try? await started.boot?.value.record.key].compactMap { $0 })
            let below =
                [top].filter { $0 != guest.disk } + build.layers.reversed().map(folder.disk)
                + boots.map { layers.store.place($0).disk }
            await leave(guest, disk: guest.disk, on: below + [plan.base])
            throw error
        }
        return (top, warm)
    }

    /// Makes a layer of what a component has written: the guest goes on in a new overlay.
    ///
    /// - Returns: that overlay.
    private func finish(
        _ index: Int, _ top: FilePath, _ guest: RunningGuest, _ build: inout BuildRecord, _ folder: BuildFolder,
        _ layers: LayerSession, _ seconds: Double
    ) async throws -> FilePath {
        let step = plan.steps[index]
        let next = folder.unusedOverlay("\(build.layers.count + 1)", home: home)
        let taken = layers.traffic.take()
        if let draft = try await layers.draft(index, obstacle: taken.obstacle) {
            guard let size = QemuImage.virtualSize(ofQcow2: top) else {
                throw BuildFailure(.failed, "the guest's disk \(top) has gone, or is no qcow2 file any more")
            }
            try Folders.remove(next)
            try await QemuImage.createOverlay(next, onFuture: draft.place.disk, size: size)
            try await guest.snapshotDisk(to: next, isMade: true)
            if let layer = try await layers.adopt(top, as: draft, index, seconds: seconds, inputs: taken.inputs) {
                build.layers.append(layer)
            }
        } else {
            try await guest.snapshotDisk(to: next)
            let digest = try await offPool { () throws(HostFailure) in
                try DurableFile.sync(top)
                try DurableFile.sync(top.removingLastComponent())
                return try FileDigest.sha256(top).digest
            }
            build.layers.append(
                BuildRecord.Layer(
                    component: step.name, version: step.version, document: step.digest,
                    overlay: top.lastComponent?.string ?? "", digest: digest,
                    boot: try await layers.boot(below: index)?.record.key, obstacle: taken.obstacle))
        }
        try folder.save(build)
        return next
    }

    private func runner(_ guest: RunningGuest, _ logs: FilePath, _ layers: LayerSession) -> DocumentRunner {
        let (plan, observe, traffic) = (plan, observe, layers.traffic)
        return DocumentRunner(
            RunEnvironment(
                guest: guest, workingDirectory: plan.recipe.workingDirectory, logs: logs, secrets: plan.secrets,
                stored: plan.settings.storedParameters.mapValues(\.value), origins: layers.origins,
                component: { arn in
                    let text = try plan.document(of: arn)
                    traffic.add(LayerInput(text, ofComponent: arn))
                    return text
                }
            ) { observe(.step($0)) })
    }

    /// Freezes the image, and makes an overlay on it for its tests, with an agent in it where they need one.
    ///
    /// - Parameters:
    ///   - base: see `FrozenImage.freeze`.
    ///   - announce: see there.
    func freeze(
        _ top: FilePath, on base: ImageBase?, _ finish: FinishReport, _ folder: BuildFolder,
        announce: @escaping @Sendable (String) throws(DiskFailure) -> Void
    ) async throws -> (image: FrozenImage, testDisk: FilePath?) {
        let image = try await FrozenImage.freeze(
            top: top, on: base, work: folder.overlays, home: home, announce: announce)
        guard plan.pipeline.testsEnabled else { return (image, nil) }
        let overlay = folder.unusedOverlay("test", home: home)
        do {
            try Folders.remove(overlay)
            try await QemuImage.createOverlay(overlay, on: image.disk)
            guard finish.agent.needsBundle else { return (image, overlay) }
            try await AgentInjection.run(
                disk: overlay, system: finish.system, work: folder.overlays, settings: appliance)
        } catch {
            // No record will name it.
            try? Folders.remove(image.disk.removingLastComponent())
            throw error
        }
        return (image, overlay)
    }

    /// Boots a fresh overlay of the frozen image by its own boot loader and runs the test phases.
    func test(
        _ overlay: FilePath, on image: FilePath, _ id: String, _ folder: BuildFolder, _ layers: LayerSession,
        agentStartsEarly: Bool
    ) async throws {
        try Folders.create(folder.logs)
        let begin = ContinuousClock.now
        var guest = try definition(id, "test", disk: overlay, folder)
        guest.agentStartsEarly = agentStartsEarly
        observe(.note("booting the test guest"))
        let tested = try await hypervisor.value().start(guest)
        timings.add(.waiting, tested.waited)
        tested.whenDiskIsFull { await makeRoom(layers) }
        do {
            let left = plan.testLimit - (ContinuousClock.now - begin - .seconds(tested.waited))
            try await withDeadline(left, for: "the tests of \(id)") {
                try await self.runTests(on: tested, folder, layers)
            }
        } catch {
            await leave(tested, disk: overlay, on: [image])
            throw error
        }
        await tested.destroy()
        try Folders.remove(overlay)
    }

    private func runTests(on guest: RunningGuest, _ folder: BuildFolder, _ layers: LayerSession) async throws {
        let runner = runner(guest, folder.logs.appending("test"), layers)
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

    /// Leaves a guest that something has failed in to its user, where that was asked for and nobody has pressed ^C;
    /// ends any other.
    private func leave(_ guest: RunningGuest, disk: FilePath, on below: [FilePath]) async {
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
