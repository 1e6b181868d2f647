/// What Kiln needs to know beyond the AWS documents; from `kiln.yaml` and `Metadata: Kiln:`.
public struct KilnSettings: Sendable, Hashable {
    public enum Firmware: String, Sendable, Hashable, CaseIterable {
        case bios
        case uefi
    }

    public enum Network: String, Sendable, Hashable, CaseIterable {
        /// The guest reaches out through the host, nothing reaches it.
        case user
        /// No network at all.
        case none
    }

    /// The sections of Image Builder's clean-up script, by the names of its skip flags (`skip_cleanup_ssh_files`), and
    /// Kiln's own.
    public enum CleanupSection: String, Sendable, Hashable, CaseIterable {
        case cloudInitFiles = "cloudinit_files"
        case instanceFiles = "instance_files"
        case sshFiles = "ssh_files"
        case instanceLogFiles = "instance_log_files"
        case toeFiles = "toe_files"
        case ssmLogFiles = "ssm_log_files"
        case sysprepFiles = "sysprep_files"
    }

    public enum ExportFormat: String, Sendable, Hashable, CaseIterable {
        case raw
        case vmdk
        case vhd
        case vhdFixed = "vhd-fixed"
        case qcow2
        case qcow2Compressed = "qcow2-compressed"

        /// Two kinds of one format share it.
        var fileExtension: Substring { rawValue.prefix { $0 != "-" } }
    }

    /// Where exports are uploaded to.
    public struct S3Target: Sendable, Hashable {
        public var bucket: String
        public var prefix: String?
        public var region: String?
        /// The URL of a server that is not AWS.
        public var endpoint: String?

        public init(bucket: String, prefix: String? = nil, region: String? = nil, endpoint: String? = nil) {
            self.bucket = bucket
            self.prefix = prefix
            self.region = region
            self.endpoint = endpoint
        }
    }

    /// A folder of this machine that stands for a bucket or a web server.
    public struct OriginFolder: Sendable, Hashable {
        /// "s3://bucket", "s3://bucket/prefix" or "https://host/path".
        public var origin: String
        /// Relative to the file that it is written in.
        public var folder: Positioned<String>

        public init(origin: String, folder: Positioned<String>) {
            self.origin = origin
            self.folder = folder
        }
    }

    /// A document of this machine that stands for components which templates name and do not hold.
    public struct ComponentFile: Sendable, Hashable {
        public var pattern: ComponentPattern
        /// Relative to the file that it is written in.
        public var file: Positioned<String>

        public init(pattern: ComponentPattern, file: Positioned<String>) {
            self.pattern = pattern
            self.file = file
        }
    }

    /// A parameter of the Systems Manager Parameter Store, as `{{ aws:ssm:NAME }}` reads it.
    public struct StoredParameter: Sendable, Hashable {
        public var value: String
        /// Whether no log and no message may show it.
        public var isSecret: Bool

        public init(value: String, isSecret: Bool) {
            self.value = value
            self.isSecret = isSecret
        }
    }

    public var cpus: Int
    public var memoryMiB: Int
    /// The size of the image's disk. Nil: as large as its parent's, or as the recipe's root volume says.
    public var diskGiB: Int?
    public var firmware: Firmware
    public var network: Network
    /// The longest wait from a guest's power-on to its agent, also after a reboot.
    public var bootTimeoutSeconds: Int
    public var exportFormats: [ExportFormat]
    /// Nil: exports stay on this machine.
    public var s3: S3Target?
    public var skipCleanup: Set<CleanupSection>
    /// Local images by the parent references they stand for.
    public var parents: ParentCatalog
    /// Where S3 and web actions find what they ask for, instead of the origins themselves; each origin once.
    public var originFolders: [OriginFolder]
    /// S3 and web actions have those folders and nothing else: this machine is not to reach out either.
    public var isOffline: Bool
    /// By name.
    public var storedParameters: [String: StoredParameter]
    /// What other stacks export, by name.
    public var exports: [String: String]
    /// Parameters of components, by name, whose values no log may show.
    public var secretParameters: Set<String>
    /// How long finished components are kept for later builds.
    public var cache: CacheSettings
    public var account: String
    public var region: String

    public static let defaults = KilnSettings(
        cpus: 2, memoryMiB: 1024, diskGiB: nil, firmware: .bios, network: .user, bootTimeoutSeconds: 300,
        exportFormats: [.raw, .vmdk], s3: nil, skipCleanup: [], parents: ParentCatalog(entries: []),
        originFolders: [], isOffline: false, storedParameters: [:], exports: [:], secretParameters: [],
        cache: CacheSettings(),
        account: "000000000000", region: "us-east-1")

    /// The defaults, changed by each layer in turn; `kiln.yaml` comes before the metadata of resources.
    public init(_ layers: [Layer]) {
        self = layers.reduce(into: .defaults) { $1.apply(to: &$0) }
    }

    private init(
        cpus: Int, memoryMiB: Int, diskGiB: Int?, firmware: Firmware, network: Network, bootTimeoutSeconds: Int,
        exportFormats: [ExportFormat], s3: S3Target?, skipCleanup: Set<CleanupSection>, parents: ParentCatalog,
        originFolders: [OriginFolder], isOffline: Bool, storedParameters: [String: StoredParameter],
        exports: [String: String], secretParameters: Set<String>, cache: CacheSettings, account: String,
        region: String
    ) {
        self.cpus = cpus
        self.memoryMiB = memoryMiB
        self.diskGiB = diskGiB
        self.firmware = firmware
        self.network = network
        self.bootTimeoutSeconds = bootTimeoutSeconds
        self.exportFormats = exportFormats
        self.s3 = s3
        self.skipCleanup = skipCleanup
        self.parents = parents
        self.originFolders = originFolders
        self.isOffline = isOffline
        self.storedParameters = storedParameters
        self.exports = exports
        self.secretParameters = secretParameters
        self.cache = cache
        self.account = account
        self.region = region
    }
}
