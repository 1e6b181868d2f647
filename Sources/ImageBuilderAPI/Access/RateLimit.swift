import Foundation
import Synchronization

/// So many requests a second for each key, with as many again saved up.
final class RateLimit: Sendable {
    private struct Bucket {
        var tokens: Double
        var filledAt: Date
    }

    private let buckets = Mutex<[String: Bucket]>([:])
    private let rate: Double

    init(perSecond rate: Int) { self.rate = Double(rate) }

    func admits(_ caller: Caller, now: Date) -> Bool {
        buckets.withLock { buckets in
            var bucket = buckets[caller.accessKeyID] ?? Bucket(tokens: rate * 2, filledAt: now)
            let passed = max(0, now.timeIntervalSince(bucket.filledAt))
            bucket = Bucket(tokens: min(rate * 2, bucket.tokens + passed * rate), filledAt: now)
            defer { buckets[caller.accessKeyID] = bucket }
            guard bucket.tokens >= 1 else { return false }
            bucket.tokens -= 1
            return true
        }
    }
}
