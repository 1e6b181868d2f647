import Builds
import Disks
import Failures
import Foundation
import HostSystem
import Store

/// Removes an image that the store knows together with its disk on this machine. DeleteImage alone leaves the disk, as AWS leaves
/// AMIs.
///
/// All that can be in the way is asked before anything goes, and the disk goes first: what is cut off in between is finished
/// by doing it again.
struct ImageRemoval: Sendable {
    let store: KilnStore
    let home: KilnHome

    /// What the store has of the image afterwards.
    enum Record: Sendable, Equatable {
        /// Nothing, as after DeleteImage.
        case removed
        /// The image in state DELETED.
        case marked(reason: String?)
    }

    struct Outcome: Sendable, Equatable {
        /// SHA-256 of the disk that is gone; nil: there was none, or others have it too.
        var digest: String?
        /// Whose the disk is as well, for which it stays: images of the store, else names of `kiln image ls`.
        var sharedWith: [String] = []
    }

    /// - Parameters:
    ///   - arn: of a build version.
    ///   - force: drops what unfinished builds have on the disk.
    /// - Throws: with nothing changed: `StoreFailure`: `notFound`, `invalidState` while it is being made, `inUse` where
    ///   resources refer to it; `DiskFailure`: `inUse` where other images lie on its disk, or something runs on it.
    @discardableResult
    func remove(_ arn: String, leaving record: Record = .removed, force: Bool = false) async throws -> Outcome {
        guard let image = try await store.resource(arn) else {
            throw StoreFailure(.notFound, "there is no image \(arn)")
        }
        try await check(image, record)
        var outcome = Outcome()
        if let digest = Self.digest(of: image) {
            outcome.sharedWith = try await owners(of: digest, besides: image)
            if outcome.sharedWith.isEmpty, try await removeDisk(digest, force: force) { outcome.digest = digest }
        }
        switch record {
        case .removed: try await store.delete(arn)
        case .marked(let reason):
            guard image.state != Store.ImageState.deleted.rawValue else { break }
            _ = try await store.transition(arn, to: .deleted, reason: reason)
        }
        return outcome
    }

    /// SHA-256 of an image's disk on this machine; nil: its build made none.
    static func digest(of image: StoredResource) -> String? {
        let members = try? JSONSerialization.jsonObject(with: image.document) as? [String: Any]
        return (members?["kiln"] as? [String: Any])?["image"] as? String
    }

    private func check(_ image: StoredResource, _ record: Record) async throws(StoreFailure) {
        guard record != .removed else { return try await store.checkDeletable(image.arn) }
        guard let state = image.state.flatMap(Store.ImageState.init), state == .deleted || state.canBecome(.deleted)
        else {
            throw StoreFailure(
                .invalidState(image.state ?? ""), "\(image.arn) is \(image.state ?? "in no state")",
                hint: "cancel it first")
        }
    }

    /// Who else has the disk. A build that found nothing changed has the image of an earlier one.
    private func owners(of digest: String, besides image: StoredResource) async throws -> [String] {
        let others = try await store.images(withDisk: digest).map(\.arn).filter { $0 != image.arn }
        guard others.isEmpty else { return others }
        let entries = try ImageLibrary(home: home).entries().filter { $0.digest == digest }
        return entries.count < 2
            ? [] : entries.map { entry in entry.version.map { "\(entry.name)/\($0)" } ?? entry.name }
    }

    /// - Returns: whether there was one.
    private func removeDisk(_ digest: String, force: Bool) async throws(DiskFailure) -> Bool {
        do throws(DiskFailure) {
            _ = try await ImageLibrary(home: home).remove("sha256:\(digest)", force: force)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }
}
