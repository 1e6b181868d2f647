import CLibvirt
public import Failures
import Glibc
import HostSystem
import SystemPackage

extension Hypervisor {
    /// Boots a guest and waits until programs can be run in it.
    ///
    /// - Throws: `GuestFailure`: `refused`, `noAgent`, `panicked`, `poweredOff`, `cancelled`; nothing of the guest is left.
    public func start(_ definition: GuestDefinition) async throws(GuestFailure) -> RunningGuest {
        let start = ContinuousClock.now
        var definition = definition
        let kept = Set(KeptGuest.all().map(\.name))
        while kept.contains(definition.name) { definition.number += 1 }
        let wanted = definition
        let guest = try await launch(wanted, GuestIdentity()) { (xml) throws(GuestFailure) in
            guard let domain = virDomainCreateXML(self.connection, xml, 0) else {
                throw GuestFailure(
                    .refused, "libvirt cannot start \(wanted.name): \(Libvirt.lastError)", hint: "kiln doctor")
            }
            return DomainHandle(pointer: domain)
        }
        do throws(GuestFailure) {
            try await guest.attach(agentConnection: 1, since: start + .seconds(guest.waited))
        } catch {
            await guest.destroy()
            throw error
        }
        return guest
    }

    /// Has libvirt make a domain, with a folder for its sockets and its events followed from the first on.
    ///
    /// - Parameter create: gives the domain for its XML; it may block.
    func launch(
        _ definition: GuestDefinition, _ identity: GuestIdentity,
        _ create: @escaping @Sendable (_ xml: String) throws(GuestFailure) -> DomainHandle
    ) async throws(GuestFailure) -> RunningGuest {
        let begin = ContinuousClock.now
        let share = try await share(for: definition)
        let waited = (ContinuousClock.now - begin).seconds
        let events = GuestEvents()
        let folder: FilePath
        do { folder = try RunFolder.make() } catch { throw GuestFailure(.refused, error.message, cause: error) }
        let xml = definition.xml(
            identity, acceleration: acceleration, sockets: folder, owner: "\(ProcessIdentity.current)")
        follow(definition.name, events)
        do throws(GuestFailure) {
            return try await offPool { () throws(GuestFailure) in
                RunningGuest(
                    definition: definition, identity: identity, hypervisor: self, events: events,
                    domain: try create(xml), folder: folder, share: (share, waited))
            }
        } catch {
            forget(definition.name)
            try? Folders.remove(folder)
            throw error
        }
    }

    /// Boots a guest for the time of `body`; however that ends, the guest is gone after it.
    public func withGuest<Value: Sendable>(
        _ definition: GuestDefinition, _ body: (RunningGuest) async throws -> Value
    ) async throws -> Value {
        let guest = try await start(definition)
        do {
            let value = try await body(guest)
            await guest.destroy()
            return value
        } catch {
            await guest.destroy()
            throw error
        }
    }
}
