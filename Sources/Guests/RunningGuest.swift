import CLibvirt
public import Failures
import Glibc
import HostSystem
import Synchronization
public import SystemPackage

/// A guest that runs under libvirt, with the runner in it.
public final class RunningGuest: Guest {
    public let name: String
    public let definition: GuestDefinition
    let identity: GuestIdentity
    let hypervisor: Hypervisor
    let events: GuestEvents
    let domain: DomainHandle
    /// The channels' sockets and the firmware's variables; gone with the guest.
    let folder: FilePath
    private let share: HostBudget.Share?
    /// Seconds that it had to wait for its share of the host before libvirt was asked for it.
    public let waited: Double
    let state: Mutex<State>

    struct State {
        var connection: RunnerConnection?
        var bootID = ""
        var bootSeconds = 0.0
        var consoleWatch: Task<Void, Never>?
        /// What the guest writes to now: another file after each snapshot.
        var disk: FilePath
    }

    init(
        definition: GuestDefinition, identity: GuestIdentity, hypervisor: Hypervisor, events: GuestEvents,
        domain: DomainHandle, folder: FilePath, share: (HostBudget.Share, waited: Double)? = nil
    ) {
        self.name = definition.name
        self.definition = definition
        self.identity = identity
        self.hypervisor = hypervisor
        self.events = events
        self.domain = domain
        self.folder = folder
        self.share = share?.0
        self.waited = share?.waited ?? 0
        self.state = Mutex(State(disk: definition.disk))
    }

    deinit { virDomainFree(domain.pointer) }

    /// Seconds that the guest's own boots have taken, reboots counted in.
    public var bootSeconds: Double { state.withLock { $0.bootSeconds } }

    /// The kernel's id of the boot that runs now.
    public var bootID: String { state.withLock { $0.bootID } }

    /// The file that it writes to now.
    public var disk: FilePath { state.withLock { $0.disk } }

    /// Why it has ended, or stands still for good; nil while it can be used.
    public var end: GuestFailure? { events.current.end }

    func connection() throws(GuestFailure) -> RunnerConnection {
        if let end = events.current.end { throw describe(end) }
        guard let connection = state.withLock({ $0.connection }) else {
            throw GuestFailure(.protocolError, "\(name) has no runner yet")
        }
        return connection
    }

    /// The guest's end with what its console said last, which is where a kernel tells.
    func describe(_ failure: GuestFailure) -> GuestFailure {
        switch failure.code {
        case .panicked, .noAgent, .crashed:
            let tail = lastWords().joined(separator: " | ")
            return GuestFailure(
                failure.code,
                failure.message + (tail.isEmpty ? "; its console is empty" : "; its console ends: \(tail)"),
                hint: failure.hint ?? "read \(definition.console)", cause: failure)
        default: return failure
        }
    }

    // MARK: Boot

    /// What waits for a network that never comes gives up after two minutes.
    private static let settleLimit = Duration.seconds(150)
    /// Seconds; a freeze writes out all that the guest has not written yet.
    private static let agentLimit: Int32 = 300

    /// Waits for the agent, sends the runner and connects to it.
    func attach(agentConnection number: Int, since start: ContinuousClock.Instant) async throws(GuestFailure) {
        let limit = definition.bootLimit
        watchConsole()
        // libvirt's own calls to the agent (a freeze before a snapshot) wait for ever else.
        virDomainAgentSetResponseTimeout(domain.pointer, Self.agentLimit, 0)
        do throws(GuestFailure) {
            try await awaitAgent(number, upTo: limit)
            try await GuestAgent(guest: self).startRunner()
        } catch {
            throw describe(await ended(instead: error))
        }
        try await connect()
        let id = try await read("/proc/sys/kernel/random/boot_id", limit: 100)
        if definition.agentStartsEarly { try await settle(upTo: Self.settleLimit) }
        state.withLock { state in
            state.bootID = String(decoding: id, as: UTF8.self).trimmed
            state.bootSeconds += (ContinuousClock.now - start).seconds
        }
        events.change { $0.rebootExpected = false }
    }

    /// Connects to the runner's port; the runner is there and answers.
    func connect() async throws(GuestFailure) {
        let connection = try RunnerConnection(socket: folder.appending("runner").string, guestName: name)
        events.whenEnded { [weak self] failure in connection.close(self?.describe(failure) ?? failure) }
        state.withLock { $0.connection = connection }
        try await connection.greet(within: .seconds(30))
    }

    /// Why the guest has ended, where it has; libvirt's word of it may come a moment after a call has failed.
    private func ended(instead failure: GuestFailure) async -> GuestFailure {
        guard failure.code == .noAgent, virDomainIsActive(domain.pointer) != 1 else { return failure }
        try? await events.wait(upTo: .seconds(3), for: "the end of \(name)") { $0.end != nil }
        return events.current.end ?? failure
    }

    /// For a guest that was rebooted behind Kiln's back, or whose runner hangs.
    func restartRunner() async throws(GuestFailure) {
        let agent = GuestAgent(guest: self)
        try await agent.wait(upTo: .seconds(90))
        try await agent.startRunner()
    }

    // MARK: Reboot and end

    public func reboot() async throws(GuestFailure) {
        let start = ContinuousClock.now
        let before = bootID
        let connections = events.current.agentConnections
        events.change { $0.rebootExpected = true }
        defer { events.change { $0.rebootExpected = false } }
        // The script may have asked for the reboot itself: an agent that no longer answers is then what we want.
        _ = try? await GuestAgent(guest: self).ask("guest-shutdown", ["mode": "\"reboot\""], expectAnswer: false)
        let old = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        events.whenEnded { _ in }
        // QEMU serves one client of a socket at a time.
        old?.close(GuestFailure(.poweredOff, "\(name) has been rebooted"))
        try await attach(agentConnection: connections + 1, since: start)
        guard bootID != before else {
            throw GuestFailure(.timedOut, "\(name) was asked to reboot but is still on the same boot")
        }
    }

    /// Shuts down in order; a guest that has not stopped by its limit is an error, and still runs.
    public func shutdown() async throws(GuestFailure) {
        events.change { $0.stopExpected = true }
        _ = try? await GuestAgent(guest: self).ask("guest-shutdown", ["mode": "\"powerdown\""], expectAnswer: false)
        try await events.wait(upTo: definition.shutdownLimit, for: "\(name) to shut down") { $0.stopped }
        await destroy()
    }

    /// Ends the guest at once and removes its sockets; does nothing where it is gone.
    public func destroy() async {
        events.change { state in
            state.end = state.end ?? GuestFailure(.cancelled, "the guest \(name) has been ended")
        }
        // Not to be skipped when the task is cancelled: that is when it matters.
        await offPool { [domain, folder] in
            virDomainDestroy(domain.pointer)
            try? Folders.remove(folder)
        }
        hypervisor.forget(name)
        share?.release()
        state.withLock { $0.consoleWatch }?.cancel()
        state.withLock { $0.connection }?.close(GuestFailure(.cancelled, "the guest \(name) has been ended"))
    }

    /// Makes what is on the disk now a file that no longer changes: the guest goes on in a new overlay at `overlay`.
    ///
    /// The guest's file systems are frozen for the moment of it (guest-fsfreeze), so that the file left behind is whole.
    ///
    /// - Parameter isMade: the overlay is there already, with the name of the file below it that somebody gave it.
    public func snapshotDisk(to overlay: FilePath, isMade: Bool = false) async throws(GuestFailure) {
        let xml = """
            <domainsnapshot><disks><disk name='vda' snapshot='external'><driver type='qcow2'/>\
            <source file='\(GuestDefinition.escape(overlay.string))'/></disk></disks></domainsnapshot>
            """
        let flags =
            VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY.rawValue | VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE.rawValue
            | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC.rawValue | VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA.rawValue
            | (isMade ? VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT.rawValue : 0)
        let name = name
        try await offPool { [domain] () throws(GuestFailure) in
            guard let snapshot = virDomainSnapshotCreateXML(domain.pointer, xml, flags) else {
                throw GuestFailure(.refused, "cannot take a snapshot of \(name)'s disk: \(Libvirt.lastError)")
            }
            virDomainSnapshotFree(snapshot)
        }
        state.withLock { $0.disk = overlay }
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }
}
