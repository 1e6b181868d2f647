import CLibvirt
public import Failures
import Glibc
import HostSystem
import Synchronization
import SystemPackage

extension Hypervisor {
    /// Makes a guest that is where the snapshot was taken, and stands still there until `RunningGuest.wake()`.
    ///
    /// - Parameter definition: as the snapshot's guest had it, but for its build, its disk (a fresh overlay on the snapshot's),
    ///   and where its console's log is kept. It gets the name that the snapshot's guest had.
    /// - Throws: `GuestFailure`: `refused` where libvirt cannot use the snapshot; nothing of the guest is left.
    public func restore(
        _ snapshot: GuestSnapshot, as definition: GuestDefinition
    ) async throws(GuestFailure) -> RunningGuest {
        var definition = definition
        definition.savedName = snapshot.name
        let named = definition
        let guest = try await launch(named, snapshot.identity) { (xml) throws(GuestFailure) in
            guard
                virDomainRestoreFlags(self.connection, snapshot.memory, xml, VIR_DOMAIN_SAVE_PAUSED.rawValue) == 0,
                let domain = virDomainLookupByName(self.connection, named.name)
            else {
                throw GuestFailure(
                    .refused, "libvirt cannot restore \(named.name) from \(snapshot.memory): \(Libvirt.lastError)",
                    hint: "a snapshot holds for the QEMU that it was taken with")
            }
            return DomainHandle(pointer: domain)
        }
        guest.state.withLock { $0.bootID = snapshot.bootID }
        return guest
    }
}

extension RunningGuest {
    /// Lets a restored guest go on, with the time of day as it is now.
    ///
    /// - Parameter isOther: one of many copies, which gets an identity of its own; false: the guest itself goes on.
    /// - Throws: `GuestFailure`: `refused`, `protocolError`, `timedOut`, `cancelled`; the guest is gone then.
    public func wake(isOther: Bool = true) async throws(GuestFailure) {
        do throws(GuestFailure) {
            let name = name
            try await offPool { [domain] () throws(GuestFailure) in
                guard virDomainResume(domain.pointer) == 0 else {
                    throw GuestFailure(.refused, "libvirt cannot resume \(name): \(Libvirt.lastError)")
                }
            }
            watchConsole()
            try await connect()
            try await catchUp()
            if isOther { try await renew() }
            try await releaseTimers()
            events.change { $0.rebootExpected = false }
        } catch {
            await destroy()
            throw error
        }
    }

    /// The clock stood still with the guest, and every copy of it has the same random numbers to come. Kernels that know the
    /// generation ID have stirred theirs already.
    private func catchUp() async throws(GuestFailure) {
        let connection = try connection()
        let (channel, mailbox) = try connection.openChannel()
        defer { connection.closeChannel(channel) }
        let seed = (0..<64).map { _ in UInt8.random(in: 0...255) }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        try await connection.send(
            .wake(seconds: now.tv_sec, nanoseconds: now.tv_nsec, seed: seed, channel: channel))
        let answer = try await mailbox.next(within: .seconds(30), for: "the runner in \(name)")
        switch answer.kind {
        case .done: return
        case .error: throw refusal(answer, "cannot go on")
        default: throw protocolError(answer)
        }
    }
}
