import Foundation
import Synchronization

/// Remembers the signatures of requests that may not be carried out twice, for as long as their dates are good. Clients sign a
/// retry anew (botocore and the SDKs count attempts in a signed header), so that only a copy has the same signature.
///
/// Requests with a client token need none of this: a copy gets the first answer.
final class ReplayGuard: Sendable {
    private let seen = Mutex<[String: Date]>([:])

    /// Where so many are remembered, the oldest are forgotten first when they are due, and until then no more are admitted.
    static let limit = 100_000

    /// - Returns: false where it was here before.
    func admits(_ signature: String, until end: Date, now: Date) -> Bool {
        seen.withLock { seen in
            if seen.count >= Self.limit { seen = seen.filter { $0.value >= now } }
            guard seen[signature] == nil, seen.count < Self.limit else { return false }
            seen[signature] = end
            return true
        }
    }
}
