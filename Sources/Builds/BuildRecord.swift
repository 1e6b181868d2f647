public import Disks
import Failures
public import Foundation
public import HostSystem
public import SystemPackage

/// The states of an image (EC2 Image Builder API, ImageState).
public enum ImageState: String, Sendable, Codable {
    case pending = "PENDING", creating = "CREATING", building = "BUILDING", testing = "TESTING"
    case distributing = "DISTRIBUTING", available = "AVAILABLE", failed = "FAILED", cancelled = "CANCELLED"

    public var isFinal: Bool { [.available, .failed, .cancelled].contains(self) }
}

/// A build as it is kept on disk: written whole after each change, so that a crash leaves the one before or the one after.
public struct BuildRecord: Sendable, Codable {
    /// A finished component: an overlay that does not change any more.
    public struct Layer: Sendable, Codable, Equatable {
        public var component: String
        public var version: String
        /// SHA-256 of the document.
        public var document: String
        public var overlay: String
    }

    public var id: String
    public var state: ImageState
    public var reason: String?
    public var recipe: String
    public var version: String
    /// SHA-256 of all that decides what the build makes; a build goes on only with the same.
    public var plan: String
    public var layers: [Layer] = []
    /// What it is built on; nil in records of builds before Kiln kept it.
    public var parent: ParentDisk?
    /// Digest of the frozen image, once there is one.
    public var image: String?
    /// What was found in the frozen image, and whether it has an agent of its own.
    public var system: InspectedSystem?
    public var agent: AgentState?
    public var started: Date
    public var ended: Date?
}

/// The folder of one build below `KilnHome.builds`, and the lock that says its owner lives.
public struct BuildFolder: Sendable {
    public let path: FilePath

    public init(home: KilnHome, id: String) { path = home.builds.appending(id) }

    public var record: FilePath { path.appending("build.json") }
    public var events: FilePath { path.appending("events.jsonl") }
    public var logs: FilePath { path.appending("logs") }
    public var lock: FilePath { path.appending("lock") }
    var overlays: FilePath { path.appending("overlays") }

    public func load() -> BuildRecord? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return (try? Folders.read(record)).flatMap { try? decoder.decode(BuildRecord.self, from: Data($0)) }
    }

    func save(_ build: BuildRecord) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(try encoder.encode(build), to: record)
    }

    /// The newest builds first.
    public static func all(home: KilnHome) -> [BuildRecord] {
        let names = (try? Folders.names(in: home.builds)) ?? []
        return names.compactMap { BuildFolder(home: home, id: $0).load() }.sorted { $0.started > $1.started }
    }

    /// Builds whose owner is gone are told to have failed; their finished layers stay for `--resume`.
    public static func sweep(home: KilnHome) throws {
        for build in all(home: home) where !build.state.isFinal {
            let folder = BuildFolder(home: home, id: build.id)
            guard let lock = try FileLock.tryAcquire(folder.lock) else { continue }
            defer { _ = lock }
            var build = build
            build.state = .failed
            build.reason = "the kiln process that ran it ended in \(build.state.rawValue)"
            build.ended = Date()
            let kept = Set(build.layers.map(\.overlay))
            for name in try Folders.names(in: folder.overlays) where !kept.contains(name) {
                try Folders.remove(folder.overlays.appending(name))
            }
            try folder.save(build)
        }
    }
}
