public import Failures
import Foundation
import GRDB
public import HostSystem

extension KilnStore {
    /// Takes one build, whatever the limit: of `kiln build` by hand, or of the process that the server has started for it and
    /// hands the claim to (`from`).
    ///
    /// - Throws: `claimLost` where another has it.
    public func claim(
        _ image: String, by process: ProcessIdentity, from previous: ProcessIdentity? = nil, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild {
        let now = now()
        return try await write { db in
            let row = try BuildTable.get(db, image)
            guard row.build.state.isUnderway else { throw Self.notUnderway(row.build) }
            if let claim = row.build.claim, !row.build.isAbandoned(at: now),
                ![process.description, previous?.description].contains(claim.process)
            {
                throw StoreFailure(.claimLost, "\(image) is being built by another process")
            }
            try Self.setClaim(db, row.id, by: process, until: now + lease)
            return try BuildTable.get(db, image).build
        }
    }

    /// - Throws: `claimLost` where it is another's by now.
    public func renew(
        _ image: String, by process: ProcessIdentity, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild {
        let now = now()
        return try await write { db in
            let row = try BuildTable.get(db, image)
            try Self.requireClaim(row.build, by: process, at: now)
            try Self.setClaim(db, row.id, by: process, until: now + lease)
            return try BuildTable.get(db, image).build
        }
    }

    /// Claimed builds whose process is gone, or whose lease has ended.
    public func abandonedBuilds() async throws(StoreFailure) -> [ImageBuild] {
        let now = now()
        return try await read { db in
            try Self.claimedBuilds(db).map(\.build).filter { $0.isAbandoned(at: now) }
        }
    }

    /// Builds that some process has taken, oldest first.
    public func claimedBuilds() async throws(StoreFailure) -> [ImageBuild] {
        try await read { db in try Self.claimedBuilds(db).map(\.build) }
    }

    static func claimedBuilds(_ db: Database) throws -> [BuildRow] {
        try Row.fetchAll(
            db,
            sql: "\(BuildTable.select) WHERE image_build.claimed_by IS NOT NULL ORDER BY image_build.sequence"
        ).map(BuildRow.init)
    }

    static func setClaim(_ db: Database, _ id: Int64, by process: ProcessIdentity, until end: Date) throws {
        try db.execute(
            sql: "UPDATE image_build SET claimed_by = ?, lease_ends = ? WHERE image_id = ?",
            arguments: [process.description, end.milliseconds, id])
    }

    /// - Parameter process: nil: whoever comes where nobody has it.
    static func requireClaim(_ build: ImageBuild, by process: ProcessIdentity?, at now: Date) throws(StoreFailure) {
        guard let process else {
            guard build.claim == nil || build.isAbandoned(at: now) else {
                throw StoreFailure(.claimLost, "\(build.image) is being built by another process")
            }
            return
        }
        guard build.claim?.process == process.description else {
            throw StoreFailure(.claimLost, "\(build.image) is not built by this process any more")
        }
    }

    static func notUnderway(_ build: ImageBuild) -> StoreFailure {
        StoreFailure(
            .invalidState(build.state.rawValue), "the build of \(build.image) is over: it is \(build.state.rawValue)")
    }
}
