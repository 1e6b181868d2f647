import Failures

/// Ends `body` when `limit` has passed: `body`'s task is cancelled and the error names the operation, so that a time-out
/// can be told from a cancellation.
///
/// - Parameter operation: what was waited for, as in "the guest agent of kiln-4f2a-build".
/// - Throws: `HostFailure` with code `timedOut`, or what `body` throws.
public func withDeadline<Value: Sendable>(
    _ limit: Duration, for operation: String, hint: String? = nil,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else {
            throw HostFailure(.timedOut, "timed out after \(limit.inSeconds) waiting for \(operation)", hint: hint)
        }
        return value
    }
}

extension Duration {
    /// Seconds as a number, for messages, timings and JSON.
    public var seconds: Double {
        let (whole, atto) = components
        return Double(whole) + Double(atto) / 1e18
    }

    /// "90 s", "2.5 s".
    public var inSeconds: String {
        let tenths = (seconds * 10).rounded()
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10)) s" : "\(tenths / 10) s"
    }
}
