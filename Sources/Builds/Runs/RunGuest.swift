public import Disks
public import Documents
public import Failures
public import Guests
public import HostSystem
public import SystemPackage

/// The throwaway guest of a run, and what is kept of it to begin again: the guest itself, an overlay on the parent or on the disk
/// of a guest that has booted, and what the next one is restored from while nobody waits.
public actor RunGuest {
    private let settings: KilnSettings
    private let parent: ParentDisk
    private let hypervisor: Hypervisor
    private let appliance: ApplianceSettings
    private let workspace: RunWorkspace
    private let observe: @Sendable (BuildEvent) -> Void
    private var overlays = 0
    private var guest: RunningGuest?
    private var snapshot: GuestSnapshot?
    private var boot: Task<HeldBoot, any Error>?
    /// Whether guests go on from one that has booted before.
    private let keepsBoots: Bool
    private let store: LayerStore
    private var next: Task<RunningGuest, any Error>?
    private var isEnded = false
    private var isKept = false

    public nonisolated var id: String { workspace.id }
    /// Gone with the guest.
    public nonisolated var console: FilePath { workspace.console }

    /// Makes the run's folder and sees to it that the parent stays.
    ///
    /// - Throws: `BuildFailure`.
    public init(
        settings: KilnSettings, parent: ParentDisk, home: KilnHome, hypervisor: Hypervisor,
        appliance: ApplianceSettings, keepsBoots: Bool = true, observe: @escaping @Sendable (BuildEvent) -> Void
    ) async throws(BuildFailure) {
        self.settings = settings
        self.parent = parent
        self.hypervisor = hypervisor
        self.appliance = appliance
        // With no room for them, none would be there for the next run.
        self.keepsBoots = keepsBoots && settings.cache.maxSize > 0
        store = LayerStore(home: home)
        self.observe = observe
        do {
            for note in try BuildFolder.sweep(home: home) { observe(.note(note)) }
            workspace = try RunWorkspace.create(home: home, base: FilePath(parent.disk))
        } catch { throw BuildFailure(error) }
        do {
            try await ImageLibrary(home: home).claim(FilePath(parent.disk))
        } catch {
            workspace.remove()
            throw BuildFailure(error)
        }
    }

    /// Gives the guest: a copy of one that has booted before, where there is one.
    public func start() async throws -> RunningGuest {
        let (settings, parent, appliance, workspace, observe) = (settings, parent, appliance, workspace, observe)
        let id = id
        let begin = ContinuousClock.now
        // The overlay of the boot, and those that follow it.
        let (booted, next) = (nextOverlay(), nextOverlay())
        let start = GuestStart(
            hypervisor: hypervisor, store: store, recipe: id, ground: try await ground(),
            define: { Self.definition(id, $0, workspace, settings, parent) },
            makeDisk: {
                try await WorkDisk.create(booted, on: FilePath(parent.disk), gibibytes: settings.diskGiB)
                try await WorkDisk.bringAgent(to: booted, of: parent, appliance: appliance) { observe(.note($0)) }
                return booted
            }, nextDisk: { next }
        ) { observe(.note($0)) }
        let prepared = try await start.prepare()
        if let boot = prepared.boot {
            observe(
                .note("a guest on \(parent.label) that has booted \(LayerSession.age(boot.record.created)) ago goes on")
            )
        } else {
            observe(.note("booting the guest \(id) on \(parent.label)"))
        }
        observe(.stageStarted("Booting"))
        let started = try await start.start(prepared)
        (guest, snapshot, boot) = (started.guest, started.snapshot, started.boot)
        observe(.stageEnded("Booting", seconds: (ContinuousClock.now - begin).seconds))
        return started.guest
    }

    private func ground() async throws -> BootGround? {
        for note in try await store.sweep() { observe(.note(note)) }
        let disk = FilePath(parent.disk)
        guard keepsBoots, try await store.digest(of: disk) == parent.digest else { return nil }
        return .parent(parent, gibibytes: settings.diskGiB)
    }

    /// The guest, once it can be had again by `restored()`.
    public func startForMore() async throws -> RunningGuest {
        let guest = try await start()
        if snapshot != nil { return guest }
        observe(.note("saving the booted guest"))
        try Folders.remove(workspace.memory)
        snapshot = try await guest.suspend(to: workspace.memory, settling: .seconds(60))
        self.guest = nil
        return try await restored()
    }

    /// Ends the guest, and has the next one made from the snapshot meanwhile.
    public func prepareNext() async {
        await endGuest()
        guard let snapshot, next == nil, !isEnded else { return }
        // Nothing reads the overlays of guests that are gone.
        for number in 0..<overlays where workspace.overlay(number) != snapshot.diskFile {
            try? Folders.remove(workspace.overlay(number))
        }
        let overlay = nextOverlay()
        let definition = definition(overlay)
        let hypervisor = hypervisor
        next = Task {
            try await QemuImage.createOverlay(overlay, on: snapshot.diskFile)
            return try await hypervisor.restore(snapshot, as: definition)
        }
    }

    /// The guest as it was when it was saved, awake.
    public func restored() async throws -> RunningGuest {
        await prepareNext()
        guard let next else { throw CancellationError() }
        self.next = nil
        let guest = try await next.value
        self.guest = guest
        try await guest.wake()
        return guest
    }

    /// Leaves the guest to its user, as a step has left it, for that long; `end()` spares it.
    ///
    /// - Returns: what there is to say of it, a line each.
    /// - Throws: `GuestFailure`; the guest is as it was.
    public func keep(for period: Duration) async throws(GuestFailure) -> [String] {
        guard let guest, guest.isUsable else {
            throw GuestFailure(.notKept, "the guest \(id) cannot be kept: it does not run any more")
        }
        let lower = (0..<overlays).map(workspace.overlay).filter { $0 != guest.disk && Folders.exists($0) }
        let booted = [try? await boot?.value.snapshot.diskFile].compactMap { $0 }
        let kept = try await guest.keep(
            for: period, disk: guest.disk, on: lower + booted + [FilePath(parent.disk)], leftovers: [workspace.path])
        self.guest = nil
        isKept = true
        return kept.words
    }

    /// Ends what there is; a guest that is being restored too.
    public func end() async {
        isEnded = true
        await endGuest()
        // It may wait for its share of the host.
        next?.cancel()
        if let next, let guest = try? await next.value { await guest.destroy() }
        next = nil
        _ = await boot?.result
        boot = nil
        _ = try? await store.fit(limit: settings.cache.maxSize, free: 0)
        if !isKept { workspace.remove() }
    }

    public func endGuest() async {
        await guest?.destroy()
        guest = nil
    }

    private func nextOverlay() -> FilePath {
        defer { overlays += 1 }
        return workspace.overlay(overlays)
    }

    private func definition(_ overlay: FilePath) -> GuestDefinition {
        Self.definition(id, overlay, workspace, settings, parent)
    }

    private static func definition(
        _ id: String, _ overlay: FilePath, _ workspace: RunWorkspace, _ settings: KilnSettings, _ parent: ParentDisk
    ) -> GuestDefinition {
        var definition = GuestDefinition(buildID: id, role: "run", disk: overlay, console: workspace.console)
        definition.apply(settings)
        definition.agentStartsEarly = parent.agent.needsBundle
        return definition
    }
}
