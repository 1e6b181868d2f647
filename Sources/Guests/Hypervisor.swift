import CLibvirt
public import Failures
import Glibc
public import HostSystem
import Synchronization
import SystemPackage

/// A connection to libvirt, and the guests that were started through it.
///
/// Without a URI it is libvirt's embedded driver in this process. One process at a time can hold a root folder of that
/// driver, so there are several, numbered slots; the first free one is taken, and what a killed owner left in the others
/// is swept.
public final class Hypervisor: Sendable {
    public let acceleration: Acceleration
    public let uri: String
    let home: KilnHome
    private let budget: HostBudget
    private let waits: @Sendable (String) -> Void
    // libvirt's own connections are safe to use from several threads.
    nonisolated(unsafe) let connection: virConnectPtr
    private let slot: EmbeddedSlot?
    private let guests = Mutex<[String: GuestEvents]>([:])

    private init(
        acceleration: Acceleration, uri: String, home: KilnHome, budget: HostBudget,
        waits: @escaping @Sendable (String) -> Void, connection: virConnectPtr, slot: EmbeddedSlot?
    ) {
        self.budget = budget
        self.waits = waits
        self.acceleration = acceleration
        self.uri = uri
        self.home = home
        self.connection = connection
        self.slot = slot
    }

    deinit { virConnectClose(connection) }

    /// libvirt's own version, for `kiln doctor`.
    public static var libraryVersion: String { Libvirt.version }

    /// - Parameters:
    ///   - uri: a libvirt URI such as qemu:///session; nil is what `ConnectionChoice` takes as this user's.
    ///   - budget: what the guests of all kiln processes share; nil: the host's.
    ///   - waits: told where a guest has to wait for its share, or is started again.
    /// - Throws: `GuestFailure`: `noHypervisor`.
    public static func open(
        home: KilnHome, uri: String? = nil, acceleration: Acceleration, budget: HostBudget? = nil,
        waits: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(GuestFailure) -> Hypervisor {
        try await offPool { () throws(GuestFailure) -> Hypervisor in
            _ = Libvirt.eventLoop
            HostCommand.endOrphans()
            KeptGuest.sweep()
            let (connection, uri, slot) = try connect(home: home, uri: uri)
            let hypervisor = Hypervisor(
                acceleration: acceleration, uri: uri, home: home, budget: budget ?? HostBudget(home: home),
                waits: waits, connection: connection, slot: slot)
            hypervisor.registerEvents()
            hypervisor.destroyOrphans()
            RunFolder.sweep(sparing: KeptGuest.all().flatMap { $0.files + $0.leftovers })
            return hypervisor
        }
    }

    /// Says what the user would wonder at.
    func tell(_ text: String) { waits(text) }

    /// The libvirt that a kept guest runs under, also where that is the embedded driver of a process that is gone.
    ///
    /// - Throws: `GuestFailure`: `noHypervisor`, also while another process has the driver's root.
    static func reach(_ uri: String, home: KilnHome) async throws(GuestFailure) -> Hypervisor {
        try await offPool { () throws(GuestFailure) -> Hypervisor in
            _ = Libvirt.eventLoop
            var slot: EmbeddedSlot?
            if uri.hasPrefix(embeddedScheme) {
                let root = FilePath(String(uri.dropFirst(embeddedScheme.count)))
                do throws(HostFailure) { slot = try EmbeddedSlot.take(root: root) } catch {
                    throw GuestFailure(.noHypervisor, error.message, hint: error.hint, cause: error)
                }
            }
            guard let connection = virConnectOpen(uri) else { throw cannotConnect(uri) }
            let none = Acceleration(kind: .tcg, reason: "nothing is started")
            return Hypervisor(
                acceleration: none, uri: uri, home: home, budget: HostBudget(home: home), waits: { _ in },
                connection: connection, slot: slot)
        }
    }

    static let embeddedScheme = "qemu:///embed?root="

    private static func connect(
        home: KilnHome, uri: String?
    ) throws(GuestFailure) -> (virConnectPtr, uri: String, EmbeddedSlot?) {
        var session: virConnectPtr?
        let choice =
            if let uri { try ConnectionChoice.checked(uri) } else {
                ConnectionChoice.standard {
                    session = virConnectOpen(ConnectionChoice.session)
                    return session != nil
                }
            }
        switch choice {
        case .uri(let uri):
            guard let connection = session ?? virConnectOpen(uri) else { throw cannotConnect(uri) }
            return (connection, uri, nil)
        case .embedded:
            let slot: EmbeddedSlot
            do { slot = try EmbeddedSlot.take(home: home) } catch {
                throw GuestFailure(.noHypervisor, error.message, hint: error.hint, cause: error)
            }
            let uri = embeddedScheme + slot.root.string
            guard let connection = virConnectOpen(uri) else { throw cannotConnect(uri) }
            return (connection, uri, slot)
        }
    }

    private static func cannotConnect(_ uri: String) -> GuestFailure {
        GuestFailure(.noHypervisor, "cannot connect to libvirt at \(uri): \(Libvirt.lastError)", hint: "kiln doctor")
    }

    /// A guest's part of the host, for which it may have to wait.
    func share(for definition: GuestDefinition) async throws(GuestFailure) -> HostBudget.Share {
        do throws(HostFailure) {
            return try await budget.share(
                cpus: definition.virtualCPUs, memoryMiB: definition.memoryMiB, waits: waits)
        } catch {
            throw GuestFailure(
                error.code == .cancelled ? .cancelled : .refused, error.message, hint: error.hint, cause: error)
        }
    }

    // MARK: Events

    func follow(_ name: String, _ events: GuestEvents) { guests.withLock { $0[name] = events } }

    func forget(_ name: String) { guests.withLock { _ = $0.removeValue(forKey: name) } }

    private func events(of domain: virDomainPtr?) -> GuestEvents? {
        guard let domain, let name = virDomainGetName(domain) else { return nil }
        return guests.withLock { $0[String(cString: name)] }
    }

    private static func from(_ opaque: UnsafeMutableRawPointer?) -> Hypervisor? {
        opaque.map { Unmanaged<WeakHypervisor>.fromOpaque($0).takeUnretainedValue() }?.value
    }

    private final class WeakHypervisor {
        weak var value: Hypervisor?
        init(_ value: Hypervisor) { self.value = value }
    }

    private func registerEvents() {
        let opaque = { Unmanaged.passRetained(WeakHypervisor(self)).toOpaque() }
        let release: virFreeCallback = { pointer in
            if let pointer { Unmanaged<WeakHypervisor>.fromOpaque(pointer).release() }
        }
        func register(_ event: virDomainEventID, _ callback: virConnectDomainEventGenericCallback) {
            virConnectDomainEventRegisterAny(connection, nil, Int32(event.rawValue), callback, opaque(), release)
        }
        // libvirt's VIR_DOMAIN_EVENT_CALLBACK is a cast of the function pointer, and so is this.
        let lifecycle: virConnectDomainEventCallback = { _, domain, event, detail, opaque in
            Hypervisor.from(opaque)?.events(of: domain)?.lifecycle(event: event, detail: detail)
            return 0
        }
        register(VIR_DOMAIN_EVENT_ID_LIFECYCLE, unsafeBitCast(lifecycle, to: virConnectDomainEventGenericCallback.self))
        let agent: virConnectDomainEventAgentLifecycleCallback = { _, domain, state, _, opaque in
            Hypervisor.from(opaque)?.events(of: domain)?.agent(
                connected: state == Int32(VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED.rawValue))
        }
        register(
            VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, unsafeBitCast(agent, to: virConnectDomainEventGenericCallback.self))
        let reboot: virConnectDomainEventGenericCallback = { _, domain, opaque in
            Hypervisor.from(opaque)?.events(of: domain)?.rebooted()
        }
        register(VIR_DOMAIN_EVENT_ID_REBOOT, reboot)
        let trouble: virConnectDomainEventIOErrorReasonCallback = { _, domain, path, _, _, reason, opaque in
            let why = reason.map { String(cString: $0) } ?? ""
            Hypervisor.from(opaque)?.events(of: domain)?.ioError(
                path: path.map { String(cString: $0) } ?? "its disk", reason: why)
        }
        register(
            VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, unsafeBitCast(trouble, to: virConnectDomainEventGenericCallback.self))
    }
}
