import Foundation
import HostSystem
public import Store
import Synchronization
public import SystemPackage

/// How far a reader has come in the store's list of events, also over restarts.
///
/// What was dealt with and not yet written down when the process ended is dealt with again: every event at least once.
public final class EventCursor: Sendable {
    private struct Record: Codable {
        var lastEvent: Int64
    }

    private let file: FilePath?
    private let position: Mutex<Int64?>

    /// - Parameter file: nil: nothing is remembered.
    public init(file: FilePath?) {
        self.file = file
        position = Mutex(file.flatMap(Self.lastEvent))
    }

    /// How far the cursor of a file has come; nil where it is none's.
    public static func lastEvent(in file: FilePath) -> Int64? { JSONRecord.read(file, as: Record.self)?.lastEvent }

    /// Whoever has read nothing yet begins with what comes.
    public func begin(_ store: KilnStore) async throws {
        let last = try await store.lastEvent()
        position.withLock {
            // A store that was put back from a copy has fewer.
            if let position = $0, position <= last { return }
            $0 = last
        }
    }

    /// Deals with what is new, oldest first. An event that `body` fails at is the next call's first.
    public func forEach(_ store: KilnStore, _ body: (StoreEvent) async throws -> Void) async throws {
        while true {
            let events = try await store.events(after: position.withLock { $0 ?? 0 }, limit: 200)
            guard !events.isEmpty else { return }
            defer { save() }
            for event in events {
                try await body(event)
                position.withLock { $0 = event.sequence }
            }
        }
    }

    private func save() {
        guard let file, let last = position.withLock({ $0 }) else { return }
        // Without it the events are dealt with again.
        try? JSONRecord.write(Record(lastEvent: last), to: file, permissions: 0o600)
    }
}
