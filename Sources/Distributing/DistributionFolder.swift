import Failures
public import Foundation
import HostSystem
public import SystemPackage

/// The folder in which distributions keep their journals, and what they export to be sent. Several use it at once; the first
/// that finds itself alone in it removes what nobody takes up any more.
public struct DistributionFolder: Sendable {
    /// EC2 drops the snapshot that a journal goes on with a day after it last heard of it.
    static let longestKept: TimeInterval = 3 * 24 * 3600
    /// So many journals stay, the newest: each is of an image and a region.
    static let mostKept = 64

    public let path: FilePath
    private let lock: FileLock

    /// - Throws: `HostFailure`, `CancellationError`.
    public static func open(_ path: FilePath, now: Date = Date()) async throws -> DistributionFolder {
        try Folders.create(path)
        let file = path.appending("lock")
        // Whoever holds it alone is the only one here; a killed process holds nothing.
        if let alone = try FileLock.tryAcquire(file) {
            defer { withExtendedLifetime(alone) {} }
            // What cannot be removed keeps nobody from distributing.
            try? sweep(path, now: now)
        }
        let lock = try await FileLock.acquire(
            file, within: .seconds(60), for: "sweeping journals of distributions", shared: true)
        return DistributionFolder(path: path, lock: lock)
    }

    /// Lets others sweep.
    public func close() { withExtendedLifetime(lock) {} }

    /// Removes what killed runs have left: files that were to be sent and their drafts, for no run goes on with those, and
    /// journals that are old or too many.
    private static func sweep(_ path: FilePath, now: Date) throws {
        var journals: [(file: FilePath, modified: Date)] = []
        for name in try Folders.names(in: path) where name != "lock" {
            let file = path.appending(name)
            guard name.hasSuffix(".blocks") else {
                try Folders.remove(file)
                continue
            }
            let stamp = try FileStamp(of: file)
            journals.append((file, Date(timeIntervalSince1970: Double(stamp.modified) / 1e9)))
        }
        journals.sort { $0.modified > $1.modified }
        for (index, journal) in journals.enumerated()
        where index >= mostKept || now.timeIntervalSince(journal.modified) > longestKept {
            try Folders.remove(journal.file)
        }
    }
}
