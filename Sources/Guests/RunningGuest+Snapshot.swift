import CLibvirt
public import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
public import SystemPackage

extension RunningGuest {
    /// Writing a guest's RAM takes seconds; a disk that takes none of it must not hold up a run for ever.
    private static let saveLimit = Duration.seconds(180)

    /// Ends the guest and keeps what was in its RAM; its disk stays as it was at that moment. `Hypervisor.restore` makes guests
    /// of both that go on from there.
    ///
    /// The guest itself does not go on: a QEMU that has written its RAM takes four times as long for its next boot (7.2, TCG).
    ///
    /// - Parameters:
    ///   - memory: the file for the RAM. No program may be running through the runner.
    ///   - limit: how long to wait for the end of the boot, so that it is not done again by each copy.
    /// - Throws: `GuestFailure`: `refused`, `noSpace`, `cancelled`; what was written is removed then, and the guest may still run.
    public func suspend(to memory: FilePath, settling limit: Duration) async throws(GuestFailure) -> GuestSnapshot {
        try await settle(upTo: limit)
        try await holdTimers()
        let disk = disk
        var identity = identity
        if let generation { identity.generation = generation }
        do throws(GuestFailure) {
            events.change { $0.stopExpected = true }
            try await abortable { [domain, name] () throws(GuestFailure) in
                guard virDomainSaveFlags(domain.pointer, memory.string, nil, 0) == 0 else {
                    throw Self.cannotSave(name, memory)
                }
            }
        } catch {
            unlink(memory.string)
            throw error
        }
        await destroy()
        return GuestSnapshot(
            memory: memory.string, disk: disk.string, name: name, identity: identity, bootID: bootID)
    }

    /// The generation ID as it is now: libvirt has given a copy another than the one it was asked for, and takes its RAM back
    /// by that only.
    private var generation: String? {
        guard let text = virDomainGetXMLDesc(domain.pointer, 0) else { return nil }
        defer { free(text) }
        let xml = String(cString: text)
        guard let start = xml.range(of: "<genid>"), let end = xml.range(of: "</genid>") else { return nil }
        return String(xml[start.upperBound..<end.lowerBound])
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
