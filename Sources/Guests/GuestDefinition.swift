public import SystemPackage

/// A guest as it is to be: what decides the domain's XML.
public struct GuestDefinition: Sendable, Equatable {
    public enum Firmware: String, Sendable, Codable { case bios, uefi }
    public enum DiskBus: String, Sendable, Codable { case virtio, nvme }
    public enum Network: String, Sendable, Codable { case user, none }

    public var buildID: String
    /// What it is for: build, test.
    public var role: String
    /// A qcow2 image that the guest writes to.
    public var disk: FilePath
    public var diskBus = DiskBus.virtio
    public var firmware = Firmware.bios
    public var network = Network.user
    public var virtualCPUs = 2
    public var memoryMiB = 1024
    /// The longest wait from power-on to the agent, also after a reboot.
    public var bootLimit = Duration.seconds(300)
    /// The guest has Kiln's own agent, which does not wait for the rest of the boot.
    public var agentStartsEarly = false
    public var shutdownLimit = Duration.seconds(120)
    /// Where the serial console's log is kept.
    public var console: FilePath

    public init(buildID: String, role: String, disk: FilePath, console: FilePath) {
        self.buildID = buildID
        self.role = role
        self.disk = disk
        self.console = console
    }

    /// Tells the guest of a build that goes on from one that is kept; 0: there is none.
    var number = 0
    /// Of a guest that is restored: libvirt gives it no other name than it was saved with.
    var savedName: String?

    public var name: String { savedName ?? "kiln-\(buildID)-\(role)\(number > 0 ? "-\(number)" : "")" }
}
