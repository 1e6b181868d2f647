public import Disks
public import Documents
public import Failures
public import Guests
public import HostSystem
public import SystemPackage

/// The throwaway guest of a run, and what is kept of it to begin again: the guest itself, an overlay on the parent, and, where
/// it is asked for, a snapshot of the booted guest from which the next one is restored while nobody waits.
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
        appliance: ApplianceSettings, observe: @escaping @Sendable (BuildEvent) -> Void
    ) async throws(BuildFailure) {
        self.settings = settings
        self.parent = parent
        self.hypervisor = hypervisor
        self.appliance = appliance
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

    /// Boots the guest.
    public func boot() async throws -> RunningGuest {
        let overlay = nextOverlay()
        try await WorkDisk.create(overlay, on: FilePath(parent.disk), gibibytes: settings.diskGiB)
        let observe = observe
        try await WorkDisk.bringAgent(to: overlay, of: parent, appliance: appliance) { observe(.note($0)) }
        observe(.note("booting the guest \(id) on \(parent.label)"))
        let start = ContinuousClock.now
        observe(.stageStarted("Booting"))
        let guest = try await hypervisor.start(definition(overlay))
        observe(.stageEnded("Booting", seconds: (ContinuousClock.now - start).seconds))
        self.guest = guest
        return guest
    }

    /// Keeps what the guest is now for `restored()`; it goes on.
    public func save() async throws {
        guard let guest, snapshot == nil else { return }
        observe(.note("saving the booted guest"))
        let memory = workspace.memory
        try Folders.remove(memory)
        snapshot = try await guest.snapshot(memory: memory, overlay: nextOverlay(), settling: .seconds(60))
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
        let lower = (0..<max(0, overlays - 1)).map(workspace.overlay).filter { Folders.exists($0) }
        let kept = try await guest.keep(
            for: period, disk: workspace.overlay(overlays - 1), on: lower + [FilePath(parent.disk)],
            leftovers: [workspace.path])
        self.guest = nil
        isKept = true
        return kept.words
    }

    /// Ends what there is; a guest that is being restored too.
    public func end() async {
        isEnded = true
        await endGuest()
        if let next, let guest = try? await next.value { await guest.destroy() }
        next = nil
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
        var definition = GuestDefinition(buildID: id, role: "run", disk: overlay, console: workspace.console)
        definition.apply(settings)
        definition.agentStartsEarly = parent.agent.needsBundle
        return definition
    }
}
