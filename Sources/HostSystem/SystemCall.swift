public import Failures
import Glibc

extension Failure where Code == HostFailureCode {
    /// The failure of a system call, from `errno`.
    ///
    /// - Parameter action: what was tried, as in "cannot write /x/y".
    public static func systemCall(_ action: String, errno number: Int32) -> HostFailure {
        let code: HostFailureCode =
            switch number {
            case ENOSPC, EDQUOT: .noSpace
            case ENOENT: .notFound
            case EACCES, EPERM, EROFS: .permissionDenied
            case EWOULDBLOCK: .busy
            default: .io
            }
        let hint: String? =
            switch code {
            case .noSpace:
                "free some space, or point KILN_HOME at a larger disk"
            default: nil
            }
        return HostFailure(code, "\(action): \(String(cString: strerror(number)))", hint: hint)
    }
}

/// Calls again while a signal interrupts the call.
public func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
