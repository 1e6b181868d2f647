import CGuestfs
public import Failures
import Glibc
import HostSystem
public import SystemPackage

/// What a finishing session has done.
public struct FinishReport: Sendable, Codable, Equatable {
    public var system: InspectedSystem
    /// Files and folders removed or emptied.
    public var cleaned: Int
    /// Sections that were kept because a flag asked for it.
    public var skipped: [String]
}

/// The offline end of a build: clean, verify, trim, in one session of the appliance.
public enum ImageFinisher {
    /// - Parameters:
    ///   - disk: the build's top overlay (qcow2); no guest may have it open.
    ///   - warm: an appliance started for this while the guest was still there.
    ///   - skip: flags given beside those that the components left as files in the working directory.
    /// - Throws: `DiskFailure`: `notClean` names what survived; `unsupportedSystem`, `guestfs`, `cancelled`, `timedOut`.
    public static func finish(
        disk: FilePath, workingDirectory: String, skip: Set<String> = [], settings: ApplianceSettings,
        warm: WarmAppliance? = nil
    ) async throws(DiskFailure) -> FinishReport {
        try await Guestfs.session(disk: disk, format: "qcow2", settings: settings, warm: warm) {
            (guestfs) throws(DiskFailure) in
            let system = try guestfs.mountSystem()
            var skipped = skip
            for path in try guestfs.glob("\(workingDirectory)/skip_cleanup_*") {
                skipped.insert(String(path.split(separator: "/").last ?? ""))
            }
            let rules = CleaningRule.all(workingDirectory: workingDirectory).filter { rule in
                rule.section.map { !skipped.contains($0.rawValue) } ?? true
            }
            var cleaned = 0
            for rule in rules { cleaned += try guestfs.apply(rule) }
            try guestfs.run("write the disk") { guestfs_sync($0) }
            // From the disk again, not from what the kernel remembers of it.
            try guestfs.run("drop caches") { guestfs_drop_caches($0, 3) }
            var survivors: [String] = []
            for rule in rules { survivors += try guestfs.survivors(of: rule) }
            guard survivors.isEmpty else {
                throw DiskFailure(
                    .notClean,
                    "\(survivors.count) files survived the cleaning: \(survivors.prefix(5).joined(separator: ", "))",
                    hint: "an immutable attribute (chattr +i) or a mount below it may keep them")
            }
            try guestfs.trim()
            return FinishReport(
                system: system, cleaned: cleaned,
                skipped: skipped.filter { CleaningRule.Section(rawValue: $0) != nil }.sorted())
        }
    }
}

extension Guestfs {
    /// How many files the rule met.
    fileprivate func apply(_ rule: CleaningRule) throws(DiskFailure) -> Int {
        let paths = try matches(rule)
        for path in paths {
            switch rule.action {
            case .remove: try run("remove \(path)") { guestfs_rm_rf($0, path) }
            case .truncate: try run("empty \(path)") { guestfs_truncate($0, path) }
            }
        }
        return paths.count
    }

    fileprivate func survivors(of rule: CleaningRule) throws(DiskFailure) -> [String] {
        let paths = try matches(rule)
        guard rule.action == .truncate else { return paths }
        var full: [String] = []
        for path in paths {
            let size = try call("look at \(path)") { handle in
                let size = guestfs_filesize(handle, path)
                return size < 0 ? nil : size
            }
            if size > 0 { full.append(path) }
        }
        return full
    }

    private func matches(_ rule: CleaningRule) throws(DiskFailure) -> [String] {
        guard rule.pattern.contains(where: { "*?[".contains($0) }) else {
            guard try exists(rule.pattern) else { return [] }
            // A link, such as dbus's machine-id, is emptied where it points to.
            guard rule.action == .truncate else { return [rule.pattern] }
            return [rule.pattern]
        }
        return try glob(rule.pattern)
    }

    /// Gives free blocks back, so that what was deleted is not carried along.
    fileprivate func trim() throws(DiskFailure) {
        for point in Self.strings(try call("list what is mounted") { guestfs_mountpoints($0) }).enumerated()
        where point.offset % 2 == 1 {
            var options = guestfs_fstrim_argv()
            // A file system without the operation (an old vfat driver) costs space, not correctness.
            guestfsTrim(point.element, &options)
        }
    }

    private func guestfsTrim(_ path: String, _ options: inout guestfs_fstrim_argv) {
        _ = try? run("trim \(path)") { guestfs_fstrim_argv($0, path, &options) }
    }
}
