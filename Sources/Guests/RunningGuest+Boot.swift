import CLibvirt
import Failures
import HostSystem

extension RunningGuest {
    /// How often a boot is looked at, and how long one that has hung is left to itself.
    private static let glance = Duration.seconds(30)
    private static let patience = Duration.seconds(90)

    /// Waits for the agent's connection of that number.
    ///
    /// Without KVM two processors of a guest have been seen to stop each other in a boot, some two in a thousand; the kernel
    /// says so on its console, and goes on with neither. Such a boot is begun anew, once.
    func awaitAgent(_ number: Int, upTo limit: Duration) async throws(GuestFailure) {
        var start = ContinuousClock.now
        if hypervisor.acceleration.kind == .tcg {
            while ContinuousClock.now - start + Self.glance < limit {
                if try await agentConnects(number, within: Self.glance) { return }
                guard ContinuousClock.now - start > Self.patience,
                    consoleTail(lines: 200).contains(where: Self.isLockup)
                else { continue }
                hypervisor.tell("the kernel of \(name) hung in its boot, as it may without KVM: starting it again")
                await offPool { [domain] in _ = virDomainReset(domain.pointer, 0) }
                start = .now
                break
            }
        }
        guard try await !agentConnects(number, within: limit - (ContinuousClock.now - start)) else { return }
        throw GuestFailure(.noAgent, "timed out after \(limit.inSeconds) waiting for the guest agent of \(name)")
    }

    /// - Returns: false where the time is over first.
    private func agentConnects(_ number: Int, within time: Duration) async throws(GuestFailure) -> Bool {
        do throws(GuestFailure) {
            try await events.wait(upTo: time, for: "the guest agent of \(name)", timedOut: .noAgent) {
                $0.agentConnected && $0.agentConnections >= number
            }
            return true
        } catch {
            guard error.code == .noAgent, events.current.end == nil else { throw error }
            return false
        }
    }

    /// The kernel's word of a processor that has done nothing else for long ("watchdog: BUG: soft lockup - CPU#1 stuck for 26s!").
    static func isLockup(_ line: String) -> Bool { line.contains("BUG: soft lockup - CPU#") }
}
