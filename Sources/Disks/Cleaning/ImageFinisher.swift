import CGuestfs
public import Failures
import Glibc
import HostSystem
public import SystemPackage

/// What a finishing session has done.
public struct FinishReport: Sendable, Codable, Equatable {
    public var system: InspectedSystem
    /// Whether the system's own agent can serve whoever builds on the image, or tests it.
    public var agent: AgentState
    /// Files and folders removed or emptied.
    public var cleaned: Int
    /// Sections that were kept because a flag asked for it.
    public var skipped: [String]
    /// As they were before the cleaning; nil where nobody wanted them, or they could not be listed. Kept in a file of their own
    /// (`PackageList`), not with the rest of this.
    public var packages: [InstalledPackage]?

    private enum CodingKeys: CodingKey {
        case system, agent, cleaned, skipped
    }
}

/// The offline end of a build: clean, verify, trim, in one session of the appliance.
public enum ImageFinisher {
    /// - Parameters:
    ///   - disk: the build's top overlay (qcow2); no guest may have it open.
    ///   - known: what was found of another disk that may have the same system.
    ///   - warm: an appliance started for this while the guest was still there.
    ///   - listsPackages: whether the report is to have the system's packages.
    ///   - skip: flags given beside those that the components left as files in the working directory.
    /// - Throws: `DiskFailure`: `notClean` names what survived; `unsupportedSystem`, `guestfs`, `cancelled`, `timedOut`.
    public static func finish(
        disk: FilePath, workingDirectory: String, skip: Set<String> = [], listsPackages: Bool = true,
        settings: ApplianceSettings,
        knownAs known: InspectedSystem? = nil, warm: WarmAppliance? = nil
    ) async throws(DiskFailure) -> FinishReport {
        try await Guestfs.session(disk: disk, format: "qcow2", settings: settings, warm: warm, mayResume: true) {
            (guestfs) throws(DiskFailure) in
            let system = try guestfs.mountSystem(knownAs: known)
            // Before it: some of what it removes is a package manager's.
            let packages = listsPackages ? guestfs.packages(of: system) : nil
            let cleaner = try Cleaner(guestfs, workingDirectory: workingDirectory, skip: skip)
            let cleaned = try cleaner.clean()
            let agent = try guestfs.agentState(selinux: try guestfs.selinuxMode())
            try guestfs.trim()
            return FinishReport(
                system: system, agent: agent, cleaned: cleaned,
                skipped: cleaner.skipped.filter { CleaningRule.Section(rawValue: $0) != nil }.sorted(),
                packages: packages)
        }
    }
}

extension Guestfs {
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
