import CLibvirt
import Glibc
import HostSystem

extension RunningGuest {
    /// Sets what is done when there is no room on this machine for what the guest writes. It stands still meanwhile, and goes
    /// on where `free` has freed some; its end is `paused` where not.
    public func whenDiskIsFull(_ free: @escaping @Sendable () async -> Bool) {
        events.whenDiskIsFull(free) { [domain] in await offPool { Self.resume(domain) } }
    }

    /// QEMU tells of the write that has failed before it stops the guest. One that does not stop goes on already.
    private static func resume(_ domain: DomainHandle) -> Bool {
        for _ in 0..<250 {
            var state: Int32 = 0
            guard virDomainGetState(domain.pointer, &state, nil, 0) == 0 else { return false }
            if state == Int32(VIR_DOMAIN_PAUSED.rawValue) { return virDomainResume(domain.pointer) == 0 }
            usleep(20_000)
        }
        return true
    }
}
