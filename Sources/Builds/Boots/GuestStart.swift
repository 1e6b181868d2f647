import Disks
import Failures
import Guests
import HostSystem
import SystemPackage

/// Gives a guest that has booted: a copy of one that is kept, where there is one; else it boots, and is kept for the next.
struct GuestStart: Sendable {
    let hypervisor: Hypervisor
    let store: LayerStore
    /// Of whose recipe or run, for people.
    let recipe: String
    /// nil: it boots, and nothing of that is kept.
    let ground: BootGround?
    /// The guest for a disk.
    let define: @Sendable (FilePath) throws -> GuestDefinition
    /// A new overlay on what the guest lies on, with an agent in it where there is none.
    let makeDisk: @Sendable () async throws -> FilePath
    /// The name of another overlay.
    let nextDisk: @Sendable () throws -> FilePath
    let note: @Sendable (String) -> Void

    /// What there is before the guest runs.
    struct Prepared: Sendable {
        var disk: FilePath
        var wanted: LayerIngredients?
        var boot: HeldBoot?
    }

    /// Finds the kept boot, or makes the disk that is to be booted.
    func prepare() async throws -> Prepared {
        guard let ground else { return Prepared(disk: try await makeDisk()) }
        let wanted = ground.ingredients(await hypervisor.snapshotScope(of: try define("/")))
        guard let boot = try await store.boot(wanted, on: ground) else {
            return Prepared(disk: try await makeDisk(), wanted: wanted)
        }
        let disk = try nextDisk()
        try Folders.remove(disk)
        try await QemuImage.createOverlay(disk, on: boot.snapshot.diskFile)
        return Prepared(disk: disk, wanted: wanted, boot: boot)
    }

    /// - Returns: the guest, what copies of it are made of, and the boot in the store that its disk lies on.
    func start(_ prepared: Prepared) async throws -> Started {
        if let boot = prepared.boot {
            do throws(GuestFailure) {
                let guest = try await wake(boot.snapshot, prepared.disk, isOther: true)
                return Started(guest: guest, snapshot: boot.snapshot, boot: Task { boot })
            } catch {
                if error.code == .cancelled || Task.isCancelled { throw error }
                note("the booted guest that is kept does not go on (\(error.message)): booting")
            }
            try await store.forget(boot)
        } else if let wanted = prepared.wanted, let ground {
            let guest = try await hypervisor.start(try define(prepared.disk))
            if let copy = try await copy(of: guest, wanted, ground, isOther: true) { return copy }
        } else {
            return Started(guest: try await hypervisor.start(try define(prepared.disk)))
        }
        try Folders.remove(prepared.disk)
        return Started(guest: try await hypervisor.start(try define(try await makeDisk())))
    }

    struct Started: Sendable {
        var guest: RunningGuest
        var snapshot: GuestSnapshot?
        var boot: Task<HeldBoot, any Error>?
    }

    /// Keeps what a guest is between two components, and goes on in a copy of it; where that cannot be, a guest boots instead.
    func goOn(_ guest: RunningGuest) async throws -> Started {
        if let ground {
            let wanted = ground.ingredients(await hypervisor.snapshotScope(of: try define("/")))
            if let copy = try await copy(of: guest, wanted, ground, isOther: false) { return copy }
        } else {
            await guest.destroy()
        }
        return Started(guest: try await hypervisor.start(try define(try await makeDisk())))
    }

    /// Ends a guest, keeps it, and makes the first copy.
    ///
    /// - Returns: nil where it cannot be kept; the guest is gone.
    private func copy(
        of guest: RunningGuest, _ wanted: LayerIngredients, _ ground: BootGround, isOther: Bool
    ) async throws -> Started? {
        do {
            let boot = try await store.keep(guest, as: wanted, on: ground, recipe: recipe)
            let disk = try nextDisk()
            try Folders.remove(disk)
            try await QemuImage.createOverlay(disk, on: boot.snapshot.diskFile)
            let copy = try await wake(boot.snapshot, disk, isOther: isOther)
            return Started(guest: copy, snapshot: boot.snapshot, boot: boot.held)
        } catch {
            await guest.destroy()
            if Task.isCancelled { throw error }
            note("the booted guest cannot be kept (\(BuildFailure(error).message)): booting again")
            return nil
        }
    }

    private func wake(
        _ snapshot: GuestSnapshot, _ disk: FilePath, isOther: Bool
    ) async throws(GuestFailure) -> RunningGuest {
        let definition: GuestDefinition
        do { definition = try define(disk) } catch {
            throw GuestFailure(.refused, BuildFailure(error).message, cause: error)
        }
        let guest = try await hypervisor.restore(snapshot, as: definition)
        try await guest.wake(isOther: isOther)
        return guest
    }
}
