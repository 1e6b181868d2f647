import CLibvirt
public import Failures
import Glibc
import HostSystem
import Synchronization
public import SystemPackage

extension RunningGuest {
    /// Writing a guest's RAM takes seconds; a disk that takes none of it must not hold up a run for ever.
    private static let saveLimit = Duration.seconds(180)

    /// Keeps what is in the guest's RAM and on its disk now. The guest stands still for it, some seconds, and goes on in a new
    /// overlay. No program may be running through the runner.
    ///
    /// - Parameters:
    ///   - memory: the file for the RAM.
    ///   - overlay: a qcow2 file that is not there yet.
    ///   - limit: how long to wait for the end of the boot, so that it is not done again by each copy.
    /// - Throws: `GuestFailure`: `refused`, `noSpace`, `cancelled`; what was written is removed then.
    public func snapshot(
        memory: FilePath, overlay: FilePath, settling limit: Duration
    ) async throws(GuestFailure) -> GuestSnapshot {
        try await settle(upTo: limit)
        let disk = state.withLock { $0.disk }
        let xml = """
            <domainsnapshot><memory snapshot='external' file='\(GuestDefinition.escape(memory.string))'/>\
            <disks><disk name='vda' snapshot='external'><driver type='qcow2'/>\
            <source file='\(GuestDefinition.escape(overlay.string))'/></disk></disks></domainsnapshot>
            """
        do throws(GuestFailure) {
            try await abortable { [domain, name] () throws(GuestFailure) in
                let flags =
                    VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC.rawValue | VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA.rawValue
                guard let snapshot = virDomainSnapshotCreateXML(domain.pointer, xml, flags) else {
                    throw Self.cannotSave(name, memory)
                }
                virDomainSnapshotFree(snapshot)
            }
        } catch {
            unlink(memory.string)
            // The guest may have gone over to the overlay all the same: whoever owns the folder removes both.
            throw error
        }
        state.withLock { $0.disk = overlay }
        return GuestSnapshot(
            memory: memory.string, disk: disk.string, identity: identity, bootID: bootID)
    }

    private static func cannotSave(_ name: String, _ memory: FilePath) -> GuestFailure {
        let reason = Libvirt.lastError
        if Task.isCancelled { return GuestFailure(.cancelled, "cancelled while the RAM of \(name) was written") }
        // libvirt's helper reports only that it failed.
        let free = (try? Folders.freeSpace(at: memory.removingLastComponent())) ?? .max
        let isFull = reason.contains("No space left") || free < 1 << 20
        return GuestFailure(
            isFull ? .noSpace : .refused, "cannot write the RAM of \(name) to \(memory): \(reason)",
            hint: isFull ? "free some space, or point KILN_HOME at a larger disk" : nil)
    }

    /// Runs a job of libvirt's that is aborted when the task is cancelled, and past the limit.
    private func abortable(
        _ body: @escaping @Sendable () throws(GuestFailure) -> Void
    ) async throws(GuestFailure) {
        let abort: @Sendable () -> Void = { [domain] in virDomainAbortJob(domain.pointer) }
        let timer = Task {
            try await Task.sleep(for: Self.saveLimit)
            abort()
        }
        defer { timer.cancel() }
        let outcome: Result<Void, GuestFailure> = await withTaskCancellationHandler {
            do throws(GuestFailure) { return .success(try await offPool(body)) } catch { return .failure(error) }
        } onCancel: {
            // Not here: the call may wait for a lock of libvirt's.
            Task { await offPool { abort() } }
        }
        try outcome.get()
    }
}
