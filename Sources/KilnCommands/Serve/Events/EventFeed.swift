import ImageBuilderAPI
import Store
import SystemPackage

/// Where events go.
protocol EventSink: Sendable {
    /// - Throws: where the event is to be tried again later, and those behind it to wait.
    func take(_ event: StoreEvent, _ store: KilnStore) async throws
}

/// Brings the store's events to one place, in their order, each at least once: also those that happened while nothing served.
/// Builds know nothing of it, and so wait for none of it.
struct EventFeed: Sendable {
    let name: String
    let store: KilnStore
    let sink: any EventSink
    let cursor: EventCursor
    let log: @Sendable (String) -> Void

    private static let interval = Duration.seconds(1)

    /// - Parameter folder: where it keeps how far it has come.
    init(
        _ name: String, _ store: KilnStore, to sink: any EventSink, folder: FilePath,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.name = name
        self.store = store
        self.sink = sink
        self.log = log
        cursor = EventCursor(file: folder.appending("events-\(name).json"))
    }

    /// Until the task is cancelled.
    func run() async {
        var (isBegun, said) = (false, "")
        while !Task.isCancelled {
            do {
                if !isBegun { try await cursor.begin(store) }
                isBegun = true
                try await look()
                said = ""
            } catch {
                // Once, however long it lasts.
                if !Task.isCancelled, said != "\(error)" { log("events to \(name): \(error); tried again") }
                said = "\(error)"
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    func look() async throws {
        try await cursor.forEach(store) { event in try await sink.take(event, store) }
    }
}
