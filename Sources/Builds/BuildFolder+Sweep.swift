import Failures
public import Foundation
public import HostSystem
import SystemPackage

extension BuildFolder {
    /// How many unfinished builds keep their layers for `--resume`, and for how long: layers are as large as what the
    /// components install.
    static let mostKept = 3
    static let longestKept: TimeInterval = 7 * 24 * 3600

    /// Brings every build that no process owns into a state that lasts: killed ones are told to have failed, and files
    /// that nobody can use any more go.
    ///
    /// - Returns: what there is to tell, a sentence each.
    public static func sweep(home: KilnHome, now: Date = Date()) throws -> [String] {
        let kept = keptLayers(all(home: home), now: now)
        var notes = RunWorkspace.sweep(home: home)
        for name in try Folders.names(in: home.builds) {
            let folder = BuildFolder(home: home, id: name)
            do {
                guard Folders.isFolder(folder.path), let lock = try FileLock.tryAcquire(folder.lock) else { continue }
                defer { withExtendedLifetime(lock) {} }
                guard Folders.exists(folder.record) else {
                    try Folders.remove(folder.path)  // Killed before its record was written.
                    continue
                }
                guard var build = folder.load() else {
                    notes.append("\(folder.record) cannot be read; its build is left as it is")
                    continue
                }
                if !build.state.isFinal { notes.append(try folder.fail(&build, now: now, home: home)) }
                try folder.tidy(build, keepLayers: kept.contains(name), home: home)
            } catch let failure as HostFailure where failure.code != .noSpace {
                notes.append("the build \(name) cannot be swept: \(failure.message)")
            }
        }
        return notes
    }

    /// The failed builds whose layers stay: the newest few, none of them old, none whose recipe was built since.
    static func keptLayers(_ builds: [BuildRecord], now: Date) -> Set<String> {
        var kept: [String] = []
        var built: Set<String> = []
        for build in builds.sorted(by: { $0.started > $1.started }) {
            if build.state == .available { built.insert(build.recipe) }
            let age = now.timeIntervalSince(build.ended ?? build.started)
            guard build.isResumable || !build.state.isFinal, !built.contains(build.recipe), age < longestKept,
                kept.count < mostKept
            else { continue }
            kept.append(build.id)
        }
        return Set(kept)
    }

    private func fail(_ build: inout BuildRecord, now: Date, home: KilnHome) throws -> String {
        build.reason = "the kiln process that ran it ended in \(build.state.rawValue)"
        build.state = .failed
        build.ended = now
        try save(build)
        let done = build.layers.count
        return "build \(build.id) of \(build.recipe) was cut off: \(build.reason ?? "")"
            + (build.isResumable ? "; --resume goes on after \(done) finished component\(done == 1 ? "" : "s")" : "")
    }

    /// Removes what the build can't use any more: all overlays but finished layers that `--resume` may want, and an image
    /// that has not passed its tests. What a kept guest runs on stays until that ends.
    func tidy(_ build: BuildRecord, keepLayers: Bool, home: KilnHome) throws(HostFailure) {
        let keeps = keepLayers && build.isResumable
        let used = Self.filesInUse(home: home)
        if build.state != .available, let image = build.image, !(keeps && build.isTested == true),
            !used.contains(where: { $0.hasPrefix("\(home.images)/sha256-\(image)/") })
        {
            try BuildFolder.removeImage(image, unlessUsedBesides: build.id, home: home)
        }
        let layers = keeps ? Set(build.layers.map(\.overlay)) : []
        let names = try Folders.names(in: overlays)
        let gone = names.filter { !layers.contains($0) && !used.contains(overlays.appending($0).string) }
        if !keeps && gone.count == names.count { return try Folders.remove(overlays) }
        for name in gone { try Folders.remove(overlays.appending(name)) }
    }

    /// Two builds that make the same bytes share an image.
    private static func removeImage(
        _ digest: String, unlessUsedBesides id: String, home: KilnHome
    ) throws(HostFailure) {
        let others = all(home: home).filter { $0.id != id && $0.image == digest }
        guard !others.contains(where: { $0.state == .available || !$0.state.isFinal || $0.isTested == true }) else {
            return
        }
        try Folders.remove(home.images.appending("sha256-\(digest)"))
    }
}
