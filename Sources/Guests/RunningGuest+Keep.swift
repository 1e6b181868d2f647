import CLibvirt
public import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
public import SystemPackage

extension RunningGuest {
    /// Whether the guest can still be used: neither ended, nor stopped by QEMU, nor shutting down.
    public var isUsable: Bool {
        let state = events.current
        return state.end == nil && !state.stopExpected && self.state.withLock { $0.connection != nil }
    }

    /// Leaves the guest running as it is for its user, beyond the end of this process; nothing can be run in it through
    /// this object any more, and `destroy()` must not be called.
    ///
    /// - Parameters:
    ///   - disk: the overlay that it writes now; it goes when the guest ends.
    ///   - below: what that lies on, which has to stay meanwhile.
    ///   - leftovers: what else is to go when it ends.
    /// - Throws: `GuestFailure`; the guest is as it was then, and still the caller's to destroy.
    public func keep(
        for period: Duration, disk: FilePath, on below: [FilePath], leftovers: [FilePath] = []
    ) async throws(GuestFailure) -> KeptGuest {
        _ = try connection()
        let folder = folder
        let record = try await offPool { [self] () throws(GuestFailure) -> KeptGuest in
            let uuid = Libvirt.uuid(of: domain.pointer)
            guard let process = Self.process(uuid, startedOn: definition.disk) else {
                throw GuestFailure(.refused, "cannot keep \(name): its QEMU is not to be found in /proc")
            }
            let guest = KeptGuest(
                name: name, build: definition.buildID, role: definition.role, home: hypervisor.home.data.string,
                connection: hypervisor.uri, uuid: uuid, process: "\(process)",
                until: Date(timeIntervalSinceNow: period.seconds), console: definition.console.string,
                files: ([disk] + below).map(\.string), leftovers: ([disk] + leftovers).map(\.string),
                folder: folder.string)
            do throws(HostFailure) { try guest.save() } catch {
                throw GuestFailure(.refused, error.message, hint: error.hint, cause: error)
            }
            mark(guest)
            return guest
        }
        let farewell = GuestFailure(.cancelled, "the guest \(name) is kept for its user")
        events.change { $0.end = $0.end ?? farewell }
        hypervisor.forget(name)
        state.withLock { $0.consoleWatch }?.cancel()
        state.withLock { $0.connection }?.close(farewell)
        return record
    }

    /// Tells virsh and its like: `virsh metadata NAME https://kiln.invalid/domain/1`. Kiln itself goes by the record.
    private func mark(_ guest: KeptGuest) {
        let element = """
            <guest build='\(GuestDefinition.escape(guest.build))' role='\(GuestDefinition.escape(guest.role))' \
            owner='\(ProcessIdentity.current)' kept-until='\(guest.until.formatted(.iso8601))'/>
            """
        virDomainSetMetadata(
            domain.pointer, Int32(VIR_DOMAIN_METADATA_ELEMENT.rawValue), element, "kiln", Hypervisor.metadataURI,
            VIR_DOMAIN_AFFECT_LIVE.rawValue)
    }

    /// The QEMU of a domain: libvirt has its uuid in the command line, and the disk that it started on: copies of a guest have
    /// one uuid.
    private static func process(_ uuid: String, startedOn disk: FilePath) -> ProcessIdentity? {
        let processes = ((try? Folders.names(in: "/proc")) ?? []).compactMap(Int32.init)
        let found = processes.first { process in
            guard let line = try? Folders.read(FilePath("/proc/\(process)/cmdline")) else { return false }
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let place = words.firstIndex(of: "-uuid"), place + 1 < words.count, words[place + 1] == uuid else {
                return false
            }
            return words.contains { $0.contains(disk.string) }
        }
        return found.flatMap(ProcessIdentity.init(of:))
    }
}
