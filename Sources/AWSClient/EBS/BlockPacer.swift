import HostSystem
import Synchronization

/// How fast blocks go: never more sendings a second than the service allows, and fewer at once when it asks for that.
final class BlockPacer: AttemptPacer {
    private let state: Mutex<State>
    private let begun = ContinuousClock.now

    private struct State {
        var bucket: TokenBucket
        var limit: AdaptiveLimit
    }

    init(bucket: TokenBucket = .putBlocks, limit: AdaptiveLimit = AdaptiveLimit()) {
        state = Mutex(State(bucket: bucket, limit: limit))
    }

    /// How many may be on their way at once.
    var limit: Int { state.withLock { $0.limit.current } }

    private var now: Duration { ContinuousClock.now - begun }

    func waitForTurn() async throws {
        let now = now
        let wait = state.withLock { $0.bucket.take(at: now) }
        if wait > .zero { try await Task.sleep(for: wait) }
    }

    func failed(throttled: Bool) {
        guard throttled else { return }
        let now = now
        state.withLock { $0.limit.throttled(at: now) }
    }

    func succeeded() { state.withLock { $0.limit.succeeded() } }
}

/// Something that may happen `rate` times a second, and `burst` times at once after a pause.
struct TokenBucket: Sendable {
    let rate: Double
    let burst: Double
    private var tokens: Double
    private var last = Duration.zero

    init(rate: Double, burst: Double) {
        self.rate = rate
        self.burst = burst
        tokens = burst
    }

    /// The service allows 1000 a second, of a snapshot and of an account: no second sees more than 964.
    static let putBlocks = TokenBucket(rate: 900, burst: 64)

    /// Takes a turn.
    ///
    /// - Parameter now: since a moment that stays the same.
    /// - Returns: how long to wait for it.
    mutating func take(at now: Duration) -> Duration {
        tokens = min(burst, tokens + max(0, (now - last).seconds) * rate)
        last = max(now, last)
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }
}

/// A number that grows slowly while all goes well and is halved when the service asks for less.
struct AdaptiveLimit: Sendable {
    static let range = 16...64
    /// The requests on their way when a service begins to refuse are all refused: they are one sign, not many.
    private static let rest: Duration = .seconds(1)

    private(set) var current = 32
    private var successes = 0
    private var lastCut: Duration?

    mutating func succeeded() {
        successes += 1
        guard successes >= current else { return }
        successes = 0
        current = min(Self.range.upperBound, current + 4)
    }

    mutating func throttled(at now: Duration) {
        if let lastCut, now - lastCut < Self.rest { return }
        lastCut = now
        successes = 0
        current = max(Self.range.lowerBound, current / 2)
    }
}
