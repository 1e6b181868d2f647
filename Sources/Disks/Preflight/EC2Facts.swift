/// What was found on a disk that decides whether EC2 takes it and starts it; `EC2Readiness` judges.
public struct EC2Facts: Sendable, Codable, Equatable {
    public enum PartitionTable: String, Sendable, Codable {
        case gpt
        case mbr
        /// A file system straight on the disk.
        case none
    }

    /// The file system that the system is on.
    public struct Root: Sendable, Codable, Equatable {
        /// As libguestfs names it: /dev/sda3, /dev/vg/root.
        public var device: String
        public var fileSystem: String
        public var isLVM: Bool
        /// Of btrfs.
        public var isSubvolume: Bool
        /// Bytes that an ordinary user may still write.
        public var free: Int64

        public init(device: String, fileSystem: String, isLVM: Bool, isSubvolume: Bool, free: Int64) {
            self.device = device
            self.fileSystem = fileSystem
            self.isLVM = isLVM
            self.isSubvolume = isSubvolume
            self.free = free
        }
    }

    public struct CloudInit: Sendable, Codable, Equatable {
        /// cloud-init.disabled is there.
        public var isDisabled: Bool
        /// `datasource_list`, where it is set.
        public var datasources: [String]?
        /// Whether `network: {config: disabled}` keeps it from configuring the network.
        public var leavesNetwork: Bool
        /// Files of a seed that a build or a test left on the disk; a whole file system as "the volume CIDATA".
        public var seeds: [String]

        public init(isDisabled: Bool, datasources: [String]?, leavesNetwork: Bool, seeds: [String]) {
            self.isDisabled = isDisabled
            self.datasources = datasources
            self.leavesNetwork = leavesNetwork
            self.seeds = seeds
        }
    }

    /// Bytes of the disk that a guest sees.
    public var virtualSize: Int64
    public var table: PartitionTable
    /// For people; nil where there is no system to be seen.
    public var system: String?
    /// libguestfs' word: x86_64, aarch64, i386.
    public var architecture: String?
    /// How many systems there are.
    public var systems: Int
    /// Whether some file system is encrypted with LUKS.
    public var isEncrypted: Bool
    /// Code in the first sector that goes on to a boot loader.
    public var startsByBIOS: Bool
    /// Whether a FAT partition has a folder EFI.
    public var hasEFIFolder: Bool
    /// Names in EFI/BOOT that a firmware looks for: BOOTX64.EFI, BOOTAA64.EFI, BOOTIA32.EFI.
    public var fallbackLoaders: [String]
    public var root: Root?
    public var kernel: KernelFacts?
    public var mounts: [FstabEntry]
    /// UUIDs and labels of the file systems on the disk.
    public var identities: [String]
    /// nil where it is not installed.
    public var cloudInit: CloudInit?
    public var network: NetworkFacts

    public init(
        virtualSize: Int64, table: PartitionTable, system: String?, architecture: String?, systems: Int,
        isEncrypted: Bool, startsByBIOS: Bool, hasEFIFolder: Bool, fallbackLoaders: [String], root: Root?,
        kernel: KernelFacts?, mounts: [FstabEntry], identities: [String], cloudInit: CloudInit?, network: NetworkFacts
    ) {
        self.virtualSize = virtualSize
        self.table = table
        self.system = system
        self.architecture = architecture
        self.systems = systems
        self.isEncrypted = isEncrypted
        self.startsByBIOS = startsByBIOS
        self.hasEFIFolder = hasEFIFolder
        self.fallbackLoaders = fallbackLoaders
        self.root = root
        self.kernel = kernel
        self.mounts = mounts
        self.identities = identities
        self.cloudInit = cloudInit
        self.network = network
    }
}
