import CGuestfs
import Failures

/// Cleans the mounted system of a session: few calls, each for many files.
struct Cleaner {
    let guestfs: Guestfs
    let workingDirectory: String
    /// Skip flags, those that the components have left among them.
    let skipped: Set<String>
    private let rules: [CleaningRule]
    /// What skipped sections name; it stays even where another rule names it too, or the folder it lies in.
    private let kept: [String]

    init(_ guestfs: Guestfs, workingDirectory: String, skip: Set<String>) throws(DiskFailure) {
        self.guestfs = guestfs
        self.workingDirectory = workingDirectory
        var skipped = skip
        for path in try guestfs.glob("\(CleaningRule.escape(workingDirectory))/skip_cleanup_*") {
            skipped.insert(String(path.split(separator: "/").last ?? ""))
        }
        self.skipped = skipped
        let all = CleaningRule.all(workingDirectory: workingDirectory)
        let isSkipped = { (rule: CleaningRule) in rule.section.map { skipped.contains($0.rawValue) } ?? false }
        rules = all.filter { !isSkipped($0) }
        // The sections that are for Kiln's own list only keep nothing back from Image Builder's.
        let kept = all.filter { isSkipped($0) && $0.section != .sysprep }
        self.kept = kept.isEmpty ? [] : try guestfs.glob(CleaningRule.joined(kept)).map(Self.withoutSlash)
    }

    /// - Returns: how many files and folders were removed or emptied.
    /// - Throws: `DiskFailure`: `notClean` names what is still there when the disk is read again.
    func clean() throws(DiskFailure) -> Int {
        let matched = try matches(.remove)
        // What cannot be removed is found by the second look, together with all else that survived.
        for path in matched {
            if path.hasSuffix("/") {
                _ = try? guestfs.run("remove \(path)") { guestfs_rm_rf($0, Self.withoutSlash(path)) }
            } else {
                _ = try? guestfs.run("remove \(path)") { guestfs_rm_f($0, path) }
            }
        }
        for folder in AgentFiles.folders { _ = try? guestfs.run("remove \(folder)") { guestfs_rmdir($0, folder) } }
        let emptied = try matches(.truncate).filter { !$0.hasSuffix("/") }
        for path in emptied { _ = try? guestfs.run("empty \(path)") { guestfs_truncate($0, path) } }
        if try !guestfs.exists("/etc/machine-id") {
            try guestfs.run("make /etc/machine-id") { guestfs_touch($0, "/etc/machine-id") }
        }
        try removeHardwareAddresses()
        try guestfs.run("write the disk") { guestfs_sync($0) }
        // From the disk again, not from what the kernel remembers of it.
        try guestfs.run("drop caches") { guestfs_drop_caches($0, 3) }
        let survivors = try survivors()
        guard survivors.isEmpty else {
            throw DiskFailure(
                .notClean,
                "\(survivors.count) files survived the cleaning: \(survivors.prefix(5).joined(separator: ", "))",
                hint: "an immutable attribute (chattr +i) or a mount below it may keep them")
        }
        return matched.count + emptied.count
    }

    private func survivors() throws(DiskFailure) -> [String] {
        var found = try matches(.remove).map(Self.withoutSlash)
        for path in try matches(.truncate) where !path.hasSuffix("/") {
            // A link to nothing has no size.
            let size = try? guestfs.call("look at \(path)") { handle in
                let size = guestfs_filesize(handle, path)
                return size < 0 ? nil : size
            }
            if let size, size > 0 { found.append(path) }
        }
        return found
    }

    /// What the rules name and nobody keeps; folders with a slash at the end.
    private func matches(_ action: CleaningRule.Action) throws(DiskFailure) -> [String] {
        let wanted = rules.filter { $0.action == action }
        guard !wanted.isEmpty else { return [] }
        let found = Set(try guestfs.glob(CleaningRule.joined(wanted), markFolders: true))
        return found.filter { !isKept(Self.withoutSlash($0)) }.sorted()
    }

    private func isKept(_ path: String) -> Bool {
        kept.contains { $0 == path || $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }
    }

    /// net-hwaddr, net-hostname: lines of Red Hat's interface files that tie them to one machine.
    private func removeHardwareAddresses() throws(DiskFailure) {
        guard !skipped.contains(CleaningRule.Section.sysprep.rawValue) else { return }
        for path in try guestfs.glob("/etc/sysconfig/network-scripts/ifcfg-*") {
            let text = try guestfs.beginning(of: path)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let others = lines.filter { line in
                !["HWADDR=", "HOSTNAME=", "DHCP_HOSTNAME="].contains { line.hasPrefix($0) }
            }
            guard others.count < lines.count else { continue }
            let content = others.joined(separator: "\n")
            try guestfs.run("write \(path)") { guestfs_write($0, path, content, content.utf8.count) }
        }
    }

    private static func withoutSlash(_ path: String) -> String {
        path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
