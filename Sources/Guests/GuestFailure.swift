public import Failures

/// What can go wrong with a guest or with the hypervisor under it.
public enum GuestFailureCode: FailureCode {
    /// libvirt does not answer, or refuses the connection.
    case noHypervisor
    /// libvirt refused a definition or an operation.
    case refused
    /// The guest did not reach its agent in time.
    case noAgent
    /// The guest's kernel panicked.
    case panicked
    /// The guest powered itself off, or somebody did.
    case poweredOff
    /// QEMU stopped the guest: no space left on the host, or an I/O error.
    case paused
    /// QEMU itself ended.
    case crashed
    /// A program could not be started or a file not be read or written in the guest.
    case guestError
    /// There is no kept guest of that name, or another process has it now.
    case notKept
    /// The guest's disk is full.
    case guestDiskFull
    /// A file of the host could not be written.
    case noSpace
    case timedOut
    case cancelled
    /// What came over the channel is not what was agreed.
    case protocolError

    public var exitStatus: ExitStatus {
        switch self {
        case .noHypervisor, .paused, .noSpace, .notKept: .unavailable
        case .cancelled: .interrupted
        default: .failed
        }
    }
}

public typealias GuestFailure = Failure<GuestFailureCode>
