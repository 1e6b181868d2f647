public import SystemPackage

/// Tells when one of some files has changed: looked at ten times a second by their paths, so that it does not matter whether
/// an editor writes into a file or puts another in its place, nor what file system it is on.
public actor FileWatch {
    private let files: [FilePath]
    private var seen: [FileStamp?]

    private static let interval = Duration.milliseconds(100)

    /// Changes count from here on.
    public init(_ files: [FilePath]) {
        self.files = files
        seen = files.map { try? FileStamp(of: $0) }
    }

    /// Waits until a file has changed and all are there, the same at two looks: an editor may be in the middle of it.
    ///
    /// - Throws: `CancellationError`.
    public func change() async throws {
        var last = seen
        while true {
            try await Task.sleep(for: Self.interval)
            let now = files.map { try? FileStamp(of: $0) }
            defer { last = now }
            guard now != seen, now == last, !now.contains(nil) else { continue }
            seen = now
            return
        }
    }
}
