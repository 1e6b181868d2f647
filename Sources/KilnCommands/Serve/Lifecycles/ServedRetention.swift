import Foundation
import HostSystem
import ImageBuilderAPI
import Store
import SystemPackage

/// Removes what is over and old of what `kiln serve` leaves behind: rows of the store, and logs of builds that are gone.
struct ServedRetention: Sendable {
    let store: KilnStore
    let home: KilnHome
    /// Where readers of events keep how far they have come.
    let cursors: FilePath
    let log: @Sendable (String) -> Void

    private static let interval = Duration.seconds(3600)

    /// Now and every hour, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await look() } catch {
                if !Task.isCancelled { log("retention: \(error); tried again in an hour") }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    func look() async throws {
        try await removeLogs()
        _ = try await store.prune(eventsSeenTo: try lastSeen())
    }

    /// The folder of a build has a name that its image alone has; the image was there before it.
    private func removeLogs() async throws {
        let folder = home.data.appending("executions")
        let names = try Folders.names(in: folder)
        guard !names.isEmpty else { return }
        let known = try await store.imageARNs().compactMap { arn in
            (try? ResourceARN(arn)).flatMap { ExecutionFolder(home: home, image: $0).path.lastComponent?.string }
        }
        let gone = Set(names).subtracting(known)
        try await offPool { for name in gone { try Folders.remove(folder.appending(name)) } }
    }

    /// The last event that all readers have dealt with. One that nobody runs any more holds events only as long as the rules
    /// keep them at most.
    private func lastSeen() throws -> Int64 {
        let names = try Folders.names(in: cursors).filter { $0.hasSuffix(".json") }
        return names.compactMap { EventCursor.lastEvent(in: cursors.appending($0)) }.min() ?? .max
    }
}
