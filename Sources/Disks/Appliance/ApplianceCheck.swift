import CGuestfs
public import Failures
import Glibc
import HostSystem
import SystemPackage

/// Whether libguestfs works on this host, found out by starting its appliance.
public enum ApplianceCheck {
    /// libguestfs' own version, as in "1.48.6".
    public static let libraryVersion: String = {
        guard let handle = guestfs_create(), let version = guestfs_version(handle) else { return "unknown" }
        defer {
            guestfs_free_version(version)
            guestfs_close(handle)
        }
        return "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.release)"
    }()

    /// Starts the appliance with an empty disk and ends it. The first time it also makes the appliance from the host's
    /// packages, which stays in the settings' cache.
    ///
    /// - Throws: `DiskFailure`: `noAppliance`, `timedOut`, `cancelled`.
    public static func run(settings: ApplianceSettings) async throws(DiskFailure) {
        try onHost { () throws(HostFailure) in try Folders.create(settings.cache) }
        let disk = settings.cache.appending("check-\(getpid()).raw")
        let descriptor = open(disk.string, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { unlink(disk.string) }
        guard descriptor >= 0, ftruncate(descriptor, 1 << 20) == 0 else {
            throw DiskFailure(.systemCall("cannot make \(disk)", errno: errno))
        }
        close(descriptor)
        try await Guestfs.session(disk: disk, format: "raw", settings: settings) { (guestfs) throws(DiskFailure) in
            try guestfs.run("look at its devices") { handle in
                guard let devices = guestfs_list_devices(handle) else { return -1 }
                return Guestfs.strings(devices).count == 1 ? 0 : -1
            }
        }
    }
}
