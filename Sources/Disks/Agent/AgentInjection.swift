import CGuestfs
public import Failures
import Glibc
import HostSystem
public import SystemPackage

/// Brings Kiln's agent into an overlay, offline.
public enum AgentInjection {
    /// - Parameters:
    ///   - disk: a qcow2 overlay that no guest has open.
    ///   - system: what was found on the disk below it.
    ///   - work: a folder for a file of a few megabytes.
    /// - Throws: `DiskFailure`: `noAgent` where the host has none, `noSpace` where the guest's disk is full, `guestfs`,
    ///   `cancelled`, `timedOut`.
    public static func run(
        disk: FilePath, system: InspectedSystem?, work: FilePath, settings: ApplianceSettings
    ) async throws(DiskFailure) {
        let bundle = try await AgentBundle.collect()
        let file = work.appending("agent.tar")
        try await offPool { () throws(DiskFailure) in
            try onHost { () throws(HostFailure) in try DurableFile.write(bundle.archive, to: file) }
        }
        defer { unlink(file.string) }
        try await Guestfs.session(disk: disk, format: "qcow2", settings: settings, mayResume: true) {
            (guestfs) throws(DiskFailure) in
            if let system { try guestfs.mount(system) } else { _ = try guestfs.mountSystem() }
            do throws(DiskFailure) {
                try guestfs.unpack(file, to: "/")
            } catch  where error.message.contains("No space left") {
                throw DiskFailure(
                    .noSpace, "there is no room for the guest agent on the disk (\(bundle.archive.count >> 20) MiB)",
                    hint: "give the image a larger volume, or import a disk with free space", cause: error)
            }
            if try guestfs.selinuxMode() != nil { try guestfs.label(bundle.paths) }
        }
    }
}

extension Guestfs {
    fileprivate func unpack(_ archive: FilePath, to folder: String) throws(DiskFailure) {
        var options = guestfs_tar_in_opts_argv()
        try run("unpack the guest agent") { guestfs_tar_in_opts_argv($0, archive.string, folder, &options) }
    }

    /// The labels that the targeted policy has for these places: without one, systemd would not start what it finds.
    fileprivate func label(_ paths: [String]) throws(DiskFailure) {
        let others = [AgentFiles.link, AgentFiles.folder, AgentFiles.libraries] + AgentFiles.folders
        for path in paths + others {
            let isUnit = path.hasPrefix("/usr/lib/systemd/")
            let label = "system_u:object_r:\(isUnit ? "systemd_unit_file_t" : "lib_t"):s0"
            try run("label \(path)") {
                guestfs_lsetxattr($0, "security.selinux", label, Int32(label.utf8.count + 1), path)
            }
        }
    }
}
