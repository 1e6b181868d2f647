public import SystemPackage

/// A booted guest as it was at one moment, in two files that do not change any more. Guests are restored from it any number
/// of times, each on an overlay of its own: `Hypervisor.restore`.
///
/// It holds for the QEMU and the hardware that it was taken with (libvirt refuses another), and for Kiln's program in the guest,
/// whose protocol may change: `Hypervisor.snapshotScope` tells whether it still serves. Two copies have one UUID and one name,
/// so a libvirt runs one at a time.
public struct GuestSnapshot: Sendable, Codable, Equatable {
    /// libvirt's save image: the devices' state and the RAM, as large as what the guest has used of it. Its path is absolute.
    public var memory: String
    /// The qcow2 file that belongs to the RAM: what the guest had not written out yet is in there.
    public var disk: String
    /// The domain's.
    let name: String
    let identity: GuestIdentity
    /// The kernel's id of the boot.
    let bootID: String

    public var memoryFile: FilePath { FilePath(memory) }
    public var diskFile: FilePath { FilePath(disk) }
}
