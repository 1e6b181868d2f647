import FoundationEssentials

/// How often, and after which wait, a request is sent again.
///
/// Waits are "full jitter": any length up to base × 2ⁿ, so that many clients turned away together do not come back together
/// (AWS Architecture Blog, "Exponential backoff and jitter").
public struct RetryPolicy: Sendable {
    /// Sendings in all, the first included.
    public var attempts: Int
    /// The same for connections that do not come about: a wrong endpoint should be told of soon.
    public var connectAttempts: Int
    public var base: Duration
    public var longest: Duration

    public init(
        attempts: Int = 6, connectAttempts: Int = 4, base: Duration = .milliseconds(200),
        longest: Duration = .seconds(20)
    ) {
        self.attempts = attempts
        self.connectAttempts = connectAttempts
        self.base = base
        self.longest = longest
    }

    /// - Parameters:
    ///   - attempt: the one that failed, from 1.
    ///   - fraction: random, 0..<1.
    ///   - asked: the seconds of a Retry-After header, which are a minimum.
    func wait(after attempt: Int, fraction: Double, asked: Double? = nil) -> Duration {
        let ceiling = min(longest, base * (1 << min(attempt - 1, 20)))
        return max(ceiling * fraction, min(longest, .seconds(asked ?? 0)))
    }

    /// A service asking for fewer requests, in all its spellings.
    private static let throttling: Set<String> = [
        "SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
        "RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException", "LimitExceededException", "EC2ThrottledException",
        "ConcurrentLimitExceededException",
    ]

    /// Service codes that pass by themselves, whatever the status they come with.
    private static let passing: Set<String> = [
        "PriorRequestNotComplete", "TransactionInProgressException", "RequestTimeout", "RequestTimeoutException",
        "InternalError", "InternalFailure", "InternalServerException", "ServiceUnavailable", "Unavailable",
        "IDPCommunicationError",
        // The body was cut or bent on its way.
        "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch",
    ]

    static func isThrottling(status: Int, code: String) -> Bool { status == 429 || throttling.contains(code) }

    static func mayPass(status: Int, code: String) -> Bool {
        // 501 says that it never will.
        isThrottling(status: status, code: code) || (status >= 500 && status != 501 && code != "NotImplemented")
            || passing.contains(code)
    }
}

/// Time and chance, as the retries see them.
struct RetryClock: Sendable {
    var now: @Sendable () -> Date
    var sleep: @Sendable (Duration) async throws -> Void
    /// 0..<1
    var fraction: @Sendable () -> Double

    static let system = RetryClock(
        now: { Date() }, sleep: { try await Task.sleep(for: $0) }, fraction: { .random(in: 0..<1) })
}
