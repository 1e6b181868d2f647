import CLibvirt
public import Failures
import Glibc
public import HostSystem
import SystemPackage

/// The way into a kept guest, for one process at a time.
public final class KeptGuestConnection: Sendable {
    private let connection: RunnerConnection
    private let lock: FileLock

    init(connection: RunnerConnection, lock: FileLock) {
        self.connection = connection
        self.lock = lock
    }

    /// Starts a program whose input goes on while it runs.
    ///
    /// - Parameter terminal: the size of its terminal; nil: it has none.
    public func openSession(_ command: GuestCommand, terminal: TerminalSize?) async throws(GuestFailure) -> GuestSession
    {
        try await GuestSession(command, size: terminal, over: connection)
    }

    /// What runs through it is ended, and another process may connect.
    public func close() {
        connection.close(GuestFailure(.cancelled, "the connection has been closed"))
    }
}

extension KeptGuest {
    /// Connects to the guest's runner; one that does not answer (the guest has been rebooted) is started anew.
    ///
    /// - Throws: `GuestFailure`: `notKept` where another process has it, `noAgent` where the guest does not answer.
    public func connect(home: KilnHome) async throws(GuestFailure) -> KeptGuestConnection {
        let lock = try claim(lockFile)
        for limit in [Duration.seconds(4), .seconds(8)] {
            do throws(GuestFailure) {
                return KeptGuestConnection(connection: try await greeted(within: limit), lock: lock)
            } catch  where error.code != .cancelled {
                // The runner has to see that the port is empty.
                guard (try? await Task.sleep(for: .milliseconds(500))) != nil else { throw error }
            }
        }
        try await restartRunner(home)
        return KeptGuestConnection(connection: try await greeted(within: .seconds(30)), lock: lock)
    }

    /// Takes the serial console, for one process at a time: what the guest prints from now on, and what is typed to it.
    ///
    /// - Returns: a connected socket, the caller's to close, and the lock to hold meanwhile.
    public func openConsole() throws(GuestFailure) -> (descriptor: Int32, lock: FileLock) {
        let lock = try claim(FilePath(folder).appending("console.lock"))
        return (try UnixSocket.connect(FilePath(folder).appending("console").string, of: name), lock)
    }

    private func claim(_ file: FilePath) throws(GuestFailure) -> FileLock {
        guard isRunning else {
            throw GuestFailure(
                .notKept, "the guest of \(build) does not run any more", hint: "kiln shell --list")
        }
        do {
            // Whoever only looks whether it is held has it for a moment.
            for _ in 0..<3 {
                if let lock = try FileLock.tryAcquire(file) { return lock }
                usleep(20_000)
            }
        } catch {
            throw GuestFailure(.notKept, error.message, hint: error.hint, cause: error)
        }
        throw GuestFailure(
            .notKept, "another kiln shell is in the guest of \(build)",
            hint: "leave that one first; `kiln shell \(build) --console` has the serial console")
    }

    private func greeted(within limit: Duration) async throws(GuestFailure) -> RunnerConnection {
        let socket = FilePath(folder).appending("runner").string
        let connection = try RunnerConnection(socket: socket, guestName: name, isFollowed: false)
        do throws(GuestFailure) {
            try await connection.greet(within: limit)
        } catch {
            connection.close(error)
            throw error
        }
        return connection
    }

    /// Through libvirt and the guest's agent.
    private func restartRunner(_ home: KilnHome) async throws(GuestFailure) {
        do throws(GuestFailure) {
            let hypervisor = try await Hypervisor.reach(connection, home: home)
            let domain = try await offPool { [uuid] () throws(GuestFailure) in
                guard let domain = virDomainLookupByUUIDString(hypervisor.connection, uuid) else {
                    throw GuestFailure(.notKept, "libvirt knows no guest \(uuid): \(Libvirt.lastError)")
                }
                return DomainHandle(pointer: domain)
            }
            let definition = GuestDefinition(
                buildID: build, role: role, disk: FilePath(files.first ?? "/"), console: FilePath(console))
            // Not all of what it was made with; enough to talk to its agent.
            var identity = GuestIdentity()
            identity.uuid = uuid
            let guest = RunningGuest(
                definition: definition, identity: identity, hypervisor: hypervisor, events: GuestEvents(),
                domain: domain, folder: FilePath(folder))
            try await guest.restartRunner()
        } catch {
            if error.code == .cancelled { throw error }
            throw GuestFailure(
                .noAgent, "the guest of \(build) does not answer: \(error.message)",
                hint: "kiln shell \(build) --console", cause: error)
        }
    }
}
