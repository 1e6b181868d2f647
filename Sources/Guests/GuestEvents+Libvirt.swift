import CLibvirt
import Failures

/// libvirt's events, as what they mean for whoever uses the guest.
extension GuestEvents {
    func lifecycle(event: Int32, detail: Int32) {
        change { state in
            switch virDomainEventType(UInt32(event)) {
            case VIR_DOMAIN_EVENT_CRASHED:
                state.end = state.end ?? GuestFailure(.panicked, "the guest's kernel panicked")
            case VIR_DOMAIN_EVENT_STOPPED:
                state.stopped = true
                guard state.end == nil else { return }
                switch virDomainEventStoppedDetailType(UInt32(detail)) {
                case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
                    state.end = GuestFailure(.panicked, "the guest's kernel panicked")
                case VIR_DOMAIN_EVENT_STOPPED_FAILED:
                    state.end = GuestFailure(.crashed, "QEMU ended by itself")
                case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
                    state.end = GuestFailure(.poweredOff, "the guest was destroyed")
                default:
                    state.end = GuestFailure(.poweredOff, "the guest powered itself off")
                }
            default: break
            }
        }
    }

    func agent(connected: Bool) {
        change { state in
            state.agentConnected = connected
            if connected { state.agentConnections += 1 }
        }
    }

    func rebooted() {
        change { state in
            guard !state.rebootExpected, !state.stopExpected, state.end == nil else { return }
            state.end = GuestFailure(
                .poweredOff, "the guest rebooted itself in the middle of a command",
                hint: "end the script with exit code 194, or use the Reboot action, so that the step goes on after it")
        }
    }

    func ioError(path: String, reason: String) {
        let isFull = reason == "enospc"
        let end: @Sendable () -> Void = { [self] in
            change { state in
                state.end =
                    state.end
                    ?? GuestFailure(
                        .paused,
                        "QEMU stopped the guest: \(isFull ? "no space left on this machine" : "I/O error") for \(path)",
                        hint: isFull ? "free some space, or point KILN_HOME at a larger disk" : nil)
            }
        }
        if isFull, makeRoom(otherwise: end) { return }
        end()
    }
}
