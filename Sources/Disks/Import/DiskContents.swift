/// What decides how a disk can be built on: its system, how it starts, and what Kiln can reach it by.
public struct DiskContents: Sendable, Codable, Equatable {
    public enum BootMode: String, Sendable, Codable {
        case bios
        case uefi
    }

    public var system: InspectedSystem
    /// "systemd": Kiln builds on no other.
    public var initSystem: String
    /// The firmwares by which it starts on any machine; never empty.
    public var bootModes: [BootMode]
    public var agent: AgentState
    public var hasCloudInit: Bool
    /// What /etc/selinux/config says (enforcing, permissive); nil where there is none, or it is disabled.
    public var selinux: String?
    /// nil where they cannot be listed. Kept in a file of their own (`PackageList`), not with the rest of this.
    public var packages: [InstalledPackage]?

    private enum CodingKeys: CodingKey {
        case system, initSystem, bootModes, agent, hasCloudInit, selinux
    }
}
