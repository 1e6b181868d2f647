import Components
import Disks
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

extension BuildEngine {
    /// Where components run, and what that lies on.
    struct Place: Sendable {
        var guest: RunningGuest
        /// What it is a copy of.
        var boot: Task<HeldBoot, any Error>?
        /// The overlay that it writes to, or is about to leave.
        var top: FilePath

        init(_ started: GuestStart.Started) {
            (guest, boot, top) = (started.guest, started.boot, started.guest.disk)
        }
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
        var place = try await self.place(build, start, prepared, layers)
        do {
            for index in plan.steps.indices.dropFirst(build.layers.count) {
                try Task.checkCancellation()
                // Most components leave a processor idle, and an appliance that has booted waits without using any.
                if index == plan.steps.count - 1, !WarmAppliance.canResume(appliance) {
                    warm = WarmAppliance(settings: appliance)
                }
                try await run(index, &place, &build, folder, layers)
                if index + 2 == plan.steps.count { try await keepForEdits(&place, build, folder, layers) }
            }
            let stop = ContinuousClock.now
            if warm == nil { warm = WarmAppliance(settings: appliance) }
            try await place.guest.shutdown()
            timings.add(.boots, (ContinuousClock.now - stop).seconds)
        } catch {
            await warm?.discard()
            throw await abandon(place, error, build, folder, layers)
        }
        return (place.top, warm)
    }

    /// Starts the guest for the components that follow the finished ones.
    func place(
        _ build: BuildRecord, _ start: GuestStart, _ prepared: GuestStart.Prepared, _ layers: LayerSession
    ) async throws -> Place {
        let kept = prepared.boot.map { "a guest that has booted \(LayerSession.age($0.record.created)) ago goes on" }
        observe(.note(kept ?? "booting the build guest"))
        return Place(try await begin(build, layers) { try await start.start(prepared) })
    }

    /// Leaves a guest that something has failed in.
    ///
    /// - Returns: what is to be told of it.
    func abandon(
        _ place: Place, _ error: any Error, _ build: BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async -> any Error {
        await layers.finishBoot()
        // Where a layer could not be kept, the guest has gone on in the next overlay.
        let (top, disk) = (place.top, place.guest.disk)
        let boots = Set(
            build.layers.compactMap(\.boot) + [try? await place.boot?.value.record.key].compactMap { $0 })
        let below =
            [top].filter { $0 != disk } + build.layers.reversed().map(folder.disk)
            + boots.map { layers.store.place($0).disk }
        let failure = blamed(error, place.guest)
        await leave(place.guest, disk: disk, on: below + [plan.base])
        return failure
    }

    private func begin(
        _ build: BuildRecord, _ layers: LayerSession, _ start: () async throws -> GuestStart.Started
    ) async throws -> GuestStart.Started {
        let begin = ContinuousClock.now
        let started = try await start()
        timings.add(.boots, (ContinuousClock.now - begin).seconds - started.guest.waited)
        timings.add(.waiting, started.guest.waited)
        layers.lies(build.layers.count, on: started.boot)
        started.guest.whenDiskIsFull { await makeRoom(layers) }
        return started
    }

    /// The last component is the one that is edited most: what the guest is before it is kept, so that not even the first
    /// edit boots. It takes a fifth of a boot's time where guests are translated.
    func keepForEdits(
        _ place: inout Place, _ build: BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async throws {
        let start = try await guestStart(build, folder, layers)
        guard start.ground != nil else { return }
        let guest = place.guest
        // The boot below it is written to the end first: one file after the other.
        await layers.finishBoot()
        place = Place(try await begin(build, layers) { try await start.goOn(guest) })
    }

    /// - Parameter limit: for the component; nil: none but its steps'.
    func run(
        _ index: Int, _ place: inout Place, _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession,
        limit: Duration? = nil
    ) async throws {
        let (step, guest) = (plan.steps[index], place.guest)
        let start = ContinuousClock.now
        let boots = guest.bootSeconds
        let runner = runner(guest, folder.logs.appending("build"), layers)
        try await within(limit, "the component \(step.name)") {
            try await runner.run(
                step.document, named: step.name, number: index + 1, phases: ["build", "validate"],
                parameters: step.parameters)
        }.demandSuccess()
        // Reboots inside a component are boots, not commands.
        let rebooted = guest.bootSeconds - boots
        timings.add(.boots, rebooted)
        timings.add(.components, (ContinuousClock.now - start).seconds - rebooted)
        place.top = try await finish(
            index, place.top, guest, &build, folder, layers, (ContinuousClock.now - start).seconds)
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

    func runner(_ guest: RunningGuest, _ logs: FilePath, _ layers: LayerSession) -> DocumentRunner {
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
}
