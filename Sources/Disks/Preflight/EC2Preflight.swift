public import Failures
import HostSystem
public import SystemPackage

/// Looks into a disk for what EC2 would refuse, or would not start.
public enum EC2Preflight {
    /// In one session of the appliance; the disk is only read.
    ///
    /// - Parameter format: of the file: qcow2, raw, vmdk; never to be guessed from a disk that somebody gave.
    /// - Throws: `DiskFailure`: `noAppliance`, `guestfs`, `cancelled`, `timedOut`. What is wrong with the disk itself is a
    ///   finding.
    public static func run(
        disk: FilePath, format: String, settings: ApplianceSettings
    ) async throws(DiskFailure) -> EC2Readiness {
        let facts = try await Guestfs.session(disk: disk, format: format, readOnly: true, settings: settings) {
            (guestfs) throws(DiskFailure) in try guestfs.ec2Facts()
        }
        return EC2Readiness(facts)
    }
}
