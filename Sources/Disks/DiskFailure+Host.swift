public import Failures
public import HostSystem

extension Failure where Code == DiskFailureCode {
    /// A failure of the host, in this module's terms.
    public init(_ failure: HostFailure) {
        let code: DiskFailureCode =
            switch failure.code {
            case .noSpace: .noSpace
            case .cancelled: .cancelled
            case .timedOut: .timedOut
            case .busy: .inUse
            default: .commandFailed
            }
        self.init(code, failure.message, hint: failure.hint, cause: failure)
    }
}

/// Calls into `HostSystem` from this module.
func onHost<Value>(_ body: () throws(HostFailure) -> Value) throws(DiskFailure) -> Value {
    do { return try body() } catch { throw DiskFailure(error) }
}

func onHost<Value: Sendable>(
    _ body: () async throws(HostFailure) -> Value
) async throws(DiskFailure) -> Value {
    do { return try await body() } catch { throw DiskFailure(error) }
}
