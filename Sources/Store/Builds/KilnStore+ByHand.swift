public import Failures
import Foundation
import GRDB
public import HostSystem

/// Builds that a process does itself, with nobody's queue: `kiln build`.
extension KilnStore {
    struct Hand: Sendable {
        var process: ProcessIdentity
        /// For those who cannot see whether the process lives.
        var lease: Duration
    }

    /// Makes an image, PENDING, whose build is this process's from its first moment on.
    public func beginByHand(
        _ build: NewImageBuild, by process: ProcessIdentity, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild {
        try await enqueue(build, nil, byHand: Hand(process: process, lease: lease))
    }

    /// Builds a failed or cancelled image again, in this process.
    public func retryByHand(
        _ image: String, by process: ProcessIdentity, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild {
        try await retry(image, nil, byHand: Hand(process: process, lease: lease))
    }

    static func claim(_ db: Database, _ id: Int64, byHand hand: Hand, at now: Date) throws {
        try setClaim(db, id, by: hand.process, until: now + hand.lease)
        try db.execute(sql: "UPDATE image_build SET is_by_hand = 1 WHERE image_id = ?", arguments: [id])
    }
}
