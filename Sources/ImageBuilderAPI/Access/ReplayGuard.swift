import Foundation
import Synchronization

/// Remembers the signatures of requests that may not be carried out twice, for as long as their dates are good.
///
/// Clients sign a retry anew, but a signature's date has seconds only: who asks for the same again within one (botocore signs
/// nothing else that differs) sends the same signature honestly. So a copy counts as one from a few seconds on. Requests with
/// a client token need none of this: a copy gets the first answer.
final class ReplayGuard: Sendable {
    private struct Use {
        var first: Date
        var end: Date
    }

    private let seen = Mutex<[String: Use]>([:])

    /// A second, and what a busy client and network add to it.
    static let honest: TimeInterval = 5
    /// Where so many are remembered, those that are over are forgotten, and no more are admitted while none is.
    static let limit = 100_000

    /// - Returns: false where it was here before.
    func admits(_ signature: String, until end: Date, now: Date) -> Bool {
        seen.withLock { seen in
            if let use = seen[signature] { return now.timeIntervalSince(use.first) <= Self.honest }
            if seen.count >= Self.limit { seen = seen.filter { $0.value.end >= now } }
            guard seen.count < Self.limit else { return false }
            seen[signature] = Use(first: now, end: end)
            return true
        }
    }
}
