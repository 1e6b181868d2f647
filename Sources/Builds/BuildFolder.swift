import Failures
import Foundation
import Guests
public import HostSystem
public import SystemPackage

/// The folder of one build below `KilnHome.builds`, and the lock that says its owner lives.
public struct BuildFolder: Sendable {
    public let path: FilePath

    public init(home: KilnHome, id: String) { path = home.builds.appending(id) }

    public var record: FilePath { path.appending("build.json") }
    public var events: FilePath { path.appending("events.jsonl") }
    public var logs: FilePath { path.appending("logs") }
    public var lock: FilePath { path.appending("lock") }
    /// There where other builds may not begin on the build's image.
    var disabled: FilePath { path.appending("disabled") }
    var overlays: FilePath { path.appending("overlays") }

    /// Where the disk of a finished component lies.
    func disk(of layer: BuildRecord.Layer) -> FilePath { overlays.pushing(FilePath(layer.overlay)) }

    public func load() -> BuildRecord? { JSONRecord.read(record) }

    func save(_ build: BuildRecord) throws(HostFailure) { try JSONRecord.write(build, to: record) }

    /// A name for a new overlay that no guest which is kept of this build still has.
    func unusedOverlay(_ name: String, home: KilnHome) -> FilePath {
        let used = Self.filesInUse(home: home)
        var overlay = overlays.appending("\(name).qcow2")
        var number = 0
        while used.contains(overlay.string) {
            number += 1
            overlay = overlays.appending("\(name)-\(number).qcow2")
        }
        return overlay
    }

    /// What the disks of kept guests are made of; also of those whose time is over and that nobody has swept yet.
    static func filesInUse(home: KilnHome) -> Set<String> { Set(KeptGuest.all(home: home).flatMap(\.files)) }

    /// The newest builds first.
    public static func all(home: KilnHome) -> [BuildRecord] {
        let names = (try? Folders.names(in: home.builds)) ?? []
        return names.compactMap { BuildFolder(home: home, id: $0).load() }.sorted { $0.started > $1.started }
    }

    /// "b-1764000000-00c0ffee"
    static func newID(_ kind: String) -> String {
        let random = String(UInt32.random(in: 0 ... .max), radix: 16)
        let zeros = String(repeating: "0", count: 8 - random.count)
        return "\(kind)-\(Int(Date().timeIntervalSince1970))-\(zeros)\(random)"
    }

    /// A build that this process owns from its first moment on: locked before it can be seen, for a sweep takes one that
    /// nobody holds for the remains of a killed process.
    static func create(home: KilnHome, _ record: (String) -> BuildRecord) throws -> OpenBuild {
        while true {
            try Task.checkCancellation()
            let id = newID("b")
            let folder = BuildFolder(home: home, id: id)
            try Folders.create(folder.overlays)
            do throws(HostFailure) {
                // A sweep in the moment between the folder and its lock wins, and removes it.
                guard let lock = try FileLock.tryAcquire(folder.lock) else { continue }
                let build = record(id)
                try folder.save(build)
                return OpenBuild(record: build, folder: folder, lock: lock)
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
    }
}

/// A build and the lock on it.
struct OpenBuild {
    var record: BuildRecord
    let folder: BuildFolder
    let lock: FileLock
}
