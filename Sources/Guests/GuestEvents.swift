import Failures
import HostSystem
import Synchronization

/// What libvirt has told of one domain, and who waits to hear it.
final class GuestEvents: Sendable {
    struct State {
        /// How often the agent has connected: another boot is another connection.
        var agentConnections = 0
        var agentConnected = false
        /// Set once, when the guest can do nothing more.
        var end: GuestFailure?
        var stopped = false
        /// Reboots and shutdowns that Kiln itself has asked for are no failures, nor are those of a boot that is not yet
        /// done: growing or relabelling the disk may need one.
        var rebootExpected = true
        var stopExpected = false
        /// Counts the changes, so that one between a look and the wait after it is not missed.
        fileprivate var version = 0
        fileprivate var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        fileprivate var nextWaiter = 0
    }

    private let state = Mutex(State())
    private let relief = Mutex(Relief())
    private let onEnd = Mutex<(@Sendable (GuestFailure) -> Void)?>(nil)

    private struct Relief {
        var free: (@Sendable () async -> Bool)?
        var resume: (@Sendable () async -> Bool)?
        var isUnderWay = false
    }

    /// - Parameters:
    ///   - free: makes room for what the guest writes; false where it cannot.
    ///   - resume: has the guest go on; false where it does not.
    func whenDiskIsFull(
        _ free: @escaping @Sendable () async -> Bool, resume: @escaping @Sendable () async -> Bool
    ) {
        relief.withLock { ($0.free, $0.resume) = (free, resume) }
    }

    /// Has somebody make room, where there is somebody; each write that has failed asks for it.
    ///
    /// - Parameter otherwise: called where no room was made.
    /// - Returns: false where nobody can.
    func makeRoom(otherwise: @escaping @Sendable () -> Void) -> Bool {
        let (free, resume, isUnderWay) = relief.withLock { relief in
            defer { relief.isUnderWay = relief.free != nil }
            return (relief.free, relief.resume, relief.isUnderWay)
        }
        guard let free, let resume, !isUnderWay else { return isUnderWay }
        Task {
            let isRoom = await free()
            // Before the guest goes on: its next write may fail at once, and asks again.
            relief.withLock { $0.isUnderWay = false }
            guard isRoom, await resume() else { return otherwise() }
        }
        return true
    }

    var current: State { state.withLock { $0 } }

    /// Called at once with the reason when the guest ends.
    func whenEnded(_ action: @escaping @Sendable (GuestFailure) -> Void) {
        onEnd.withLock { $0 = action }
        if let end = current.end { action(end) }
    }

    func change(_ body: (inout State) -> Void) {
        let (waiters, ended) = state.withLock { state in
            let before = state.end != nil
            body(&state)
            state.version += 1
            defer { state.waiters = [:] }
            return (Array(state.waiters.values), before ? nil : state.end)
        }
        if let ended, let action = onEnd.withLock({ $0 }) { action(ended) }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until `condition` holds; a guest that ends first throws why.
    func wait(
        upTo limit: Duration, for purpose: String, timedOut code: GuestFailureCode = .timedOut,
        until condition: @escaping @Sendable (State) -> Bool
    ) async throws(GuestFailure) {
        do {
            try await withDeadline(limit, for: purpose) {
                while true {
                    let state = self.current
                    if condition(state) { return }
                    if let end = state.end { throw end }
                    try Task.checkCancellation()
                    await self.nextChange(after: state.version)
                }
            }
        } catch let failure as GuestFailure {
            throw failure
        } catch let failure as HostFailure {
            throw GuestFailure(code, failure.message)
        } catch {
            throw GuestFailure(.cancelled, "cancelled while waiting for \(purpose)")
        }
    }

    private func nextChange(after version: Int) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let parked = state.withLock { state in
                    guard !Task.isCancelled, state.version == version else { return false }
                    state.waiters[number] = continuation
                    return true
                }
                if !parked { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}
