public import Disks

/// A disk that a build starts from.
public struct ParentDisk: Sendable, Codable, Equatable {
    public var kind: ImageEntry.Kind
    public var name: String
    /// Of an image that Kiln has built.
    public var version: String?
    /// SHA-256 of the disk's file.
    public var digest: String
    /// Its absolute path.
    public var disk: String
    public var agent: AgentState
    /// The firmwares that start it; nil where nobody has looked.
    public var bootModes: [DiskContents.BootMode]?
    public var system: InspectedSystem?

    public init(
        kind: ImageEntry.Kind, name: String, version: String? = nil, digest: String, disk: String,
        agent: AgentState = .usable, bootModes: [DiskContents.BootMode]? = nil, system: InspectedSystem? = nil
    ) {
        self.kind = kind
        self.name = name
        self.version = version
        self.digest = digest
        self.disk = disk
        self.agent = agent
        self.bootModes = bootModes
        self.system = system
    }

    /// "debian-12", "web 1.2.0"
    public var label: String { version.map { "\(name) \($0)" } ?? name }
}
