import CLibvirt
public import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage

extension Hypervisor {
    /// Makes a guest that is where the snapshot was taken, and stands still there until `RunningGuest.wake()`.
    ///
    /// - Parameter definition: as the snapshot's guest had it, but for its disk, a fresh overlay on the snapshot's, and where
    ///   its console's log is kept.
    /// - Throws: `GuestFailure`: `refused` where libvirt cannot use the snapshot; nothing of the guest is left.
    public func restore(
        _ snapshot: GuestSnapshot, as definition: GuestDefinition
    ) async throws(GuestFailure) -> RunningGuest {
        let guest = try await launch(definition, snapshot.identity) { (xml) throws(GuestFailure) in
            guard
                virDomainRestoreFlags(self.connection, snapshot.memory, xml, VIR_DOMAIN_SAVE_PAUSED.rawValue) == 0,
                let domain = virDomainLookupByName(self.connection, definition.name)
            else {
                throw GuestFailure(
                    .refused, "libvirt cannot restore \(definition.name) from \(snapshot.memory): \(Libvirt.lastError)",
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
    /// - Throws: `GuestFailure`: `refused`, `protocolError`, `timedOut`, `cancelled`; the guest is gone then.
    public func wake() async throws(GuestFailure) {
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
            events.change { $0.rebootExpected = false }
        } catch {
            await destroy()
            throw error
        }
    }

    /// The clock stood still with the guest. Its random numbers are stirred by the new generation ID where its kernel knows
    /// that (5.18); older ones get some of the host's.
    private func catchUp() async throws(GuestFailure) {
        let script = """
            PATH=/usr/sbin:/usr/bin:/sbin:/bin
            cat >/dev/urandom
            date -u -s "@$1" >/dev/null || date -u -s "@${1%.*}" >/dev/null
            """
        let seed = (0..<64).map { _ in UInt8.random(in: 0...255) }
        let now = String(format: "%.3f", Date().timeIntervalSince1970)
        let exit = try await run(
            GuestCommand(["/bin/sh", "-c", script, "sh", now], standardInput: seed, limit: .seconds(30))
        ) { _ in }
        guard exit == .exited(0) else {
            throw GuestFailure(.guestError, "cannot set the clock of \(name) after it was restored: \(exit)")
        }
    }
}
