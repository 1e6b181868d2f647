import Failures
import FoundationEssentials
import HostSystem

/// How often to look at work that goes on at a service, and for how long.
public struct Polling: Sendable {
    public var first: Duration
    public var longest: Duration
    public var limit: Duration

    public init(first: Duration = .seconds(2), longest: Duration = .seconds(30), limit: Duration = .seconds(7200)) {
        self.first = first
        self.longest = longest
        self.limit = limit
    }

    /// Asks until there is an answer, with waits that grow by half.
    ///
    /// - Throws: `timedOut`, `cancelled`, what `probe` throws.
    func until<Value>(
        _ what: String, _ clock: RetryClock, _ probe: () async throws(AWSFailure) -> Value?
    ) async throws(AWSFailure) -> Value {
        let begun = clock.now()
        var wait = first
        while true {
            if let value = try await probe() { return value }
            guard clock.now().timeIntervalSince(begun) + wait.seconds < limit.seconds else {
                throw AWSFailure(
                    .timedOut, "waited \(Int(limit.seconds)) s for \(what)", hint: "it may still come about: look there"
                )
            }
            do {
                try await clock.sleep(wait)
            } catch {
                throw AWSFailure(.cancelled, "waiting for \(what) was cancelled", cause: error)
            }
            wait = min(longest, wait * 1.5)
        }
    }
}
