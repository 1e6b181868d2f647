import CLibvirt
public import Failures
import Glibc
public import HostSystem
public import SystemPackage

extension KeptGuest {
    /// Moves the serial console's log: another guest of the same build is to have its name.
    public func moveConsole(to file: FilePath) throws(HostFailure) {
        var moved = self
        moved.console = file.string
        if Folders.exists(FilePath(console)) { try DurableFile.rename(FilePath(console), to: file) }
        try moved.save()
    }

    private static let patience = Duration.seconds(10)

    /// Ends the guest, whoever has a shell in it, and removes what goes with it.
    ///
    /// - Throws: `GuestFailure`: `refused` where QEMU does not end; its files are still there then.
    public func end() async throws(GuestFailure) {
        try await offPool { () throws(GuestFailure) in try endNow() }
    }

    /// Ends those of this user, in every home, whose time is over. A record that can't be read keeps nothing.
    public static func sweep() {
        let guests = all()
        for guest in guests where guest.isOver { try? guest.endNow() }
        let known = Set(guests.map(\.folder))
        for folder in RunFolder.kept() where !known.contains(folder.string) { try? Folders.remove(folder) }
    }

    private func endNow() throws(GuestFailure) {
        if isRunning { stop() }
        let end = ContinuousClock.now + Self.patience
        while isRunning {
            guard ContinuousClock.now < end else {
                throw GuestFailure(
                    .refused, "the QEMU of \(name) does not end (process \(process))",
                    hint: "virsh -c '\(connection)' destroy \(name)")
            }
            usleep(20_000)
        }
        do {
            for path in leftovers { try Folders.remove(FilePath(path)) }
            try Folders.remove(FilePath(folder))
        } catch {
            throw GuestFailure(.refused, error.message, hint: error.hint, cause: error)
        }
    }

    /// By libvirt where that is a daemon, for its QEMU may be another user's. The embedded driver's root may be another
    /// kiln's now, which sees the end of QEMU by itself, and so does the next one.
    private func stop() {
        if !connection.hasPrefix(Hypervisor.embeddedScheme) {
            _ = Libvirt.eventLoop
            if let libvirt = virConnectOpen(connection) {
                defer { virConnectClose(libvirt) }
                if let domain = virDomainLookupByUUIDString(libvirt, uuid) {
                    defer { virDomainFree(domain) }
                    if virDomainDestroy(domain) == 0 { return }
                }
            }
        }
        ProcessIdentity(process)?.signal(SIGKILL)
    }
}
