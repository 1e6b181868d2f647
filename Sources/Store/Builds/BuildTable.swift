import Failures
public import Foundation
import GRDB
import HostSystem

/// What every change of builds looks up. An image without a build (an imported one) has a build all the same here, which was
/// never queued.
enum BuildTable {
    static let columns = """
        resource.id, resource.arn, resource.state, resource.state_reason, resource.created_at, image_build.pipeline,
        image_build.is_scheduled, image_build.request, image_build.queued_at, image_build.started_at,
        image_build.ended_at, image_build.attempt, image_build.claimed_by, image_build.lease_ends,
        image_build.is_cancel_requested, image_build.cancel_reason, image_build.is_by_hand
        """
    static let select = "SELECT \(columns) FROM resource LEFT JOIN image_build ON image_build.image_id = resource.id"
    /// As the index of them has it.
    static let isUnderway = """
        resource.kind = 'image'
        AND resource.state IN ('PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING')
        """

    static func find(_ db: Database, _ image: String) throws -> BuildRow? {
        try Row.fetchOne(
            db.cachedStatement(sql: "\(select) WHERE resource.arn = ? AND resource.kind = 'image'"), arguments: [image]
        ).map(BuildRow.init)
    }

    /// - Throws: `notFound`.
    static func get(_ db: Database, _ image: String) throws -> BuildRow {
        guard let found = try find(db, image) else {
            throw StoreFailure(.notFound, "there is no image \(image)")
        }
        return found
    }
}

/// A build, and the number of its image's row.
struct BuildRow {
    let id: Int64
    let build: ImageBuild

    init(_ row: Row) throws {
        id = row["id"]
        guard let state = (row["state"] as String?).flatMap(ImageState.init(rawValue:)) else {
            throw StoreFailure(.damaged, "the image \(row["arn"] as String) is in no known state")
        }
        let claim = (row["claimed_by"] as String?).map {
            BuildClaim(process: $0, leaseEnds: Date(milliseconds: row["lease_ends"]))
        }
        build = ImageBuild(
            image: row["arn"], pipeline: row["pipeline"], isScheduled: row["is_scheduled"] ?? false,
            request: Data((row["request"] as String? ?? "{}").utf8), state: state, stateReason: row["state_reason"],
            queuedAt: Date(milliseconds: row["queued_at"] ?? row["created_at"]),
            startedAt: (row["started_at"] as Int64?).map(Date.init(milliseconds:)),
            endedAt: (row["ended_at"] as Int64?).map(Date.init(milliseconds:)), attempt: row["attempt"] ?? 1,
            claim: claim, isCancelRequested: row["is_cancel_requested"] ?? false, cancelReason: row["cancel_reason"],
            isByHand: row["is_by_hand"] ?? false)
    }
}

extension ImageBuild {
    /// Whether somebody has claimed it, and nobody builds it any more.
    public func isAbandoned(at now: Date) -> Bool {
        guard let claim else { return false }
        // A person's process may be stopped (^Z), or sleep with the machine, for as long as it likes.
        if isByHand, let process = ProcessIdentity(claim.process), process.isOurs { return process.isGone }
        return claim.isAbandoned(at: now)
    }
}

extension BuildClaim {
    /// Whether nobody builds it any more: the process has ended, or has not renewed the lease in time.
    public func isAbandoned(at now: Date) -> Bool {
        // A process that cannot be read is none that could renew.
        leaseEnds <= now || ProcessIdentity(process)?.isGone ?? true
    }
}
