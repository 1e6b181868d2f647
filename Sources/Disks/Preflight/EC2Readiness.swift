/// Whether EC2 takes a disk and starts it, and what an AMI of it has to say of itself.
public struct EC2Readiness: Sendable, Codable, Equatable {
    /// RegisterImage's BootMode.
    public enum BootMode: String, Sendable, Codable {
        case legacyBIOS = "legacy-bios"
        case uefi
        /// UEFI where the instance type has it, else BIOS: the disk does both.
        case uefiPreferred = "uefi-preferred"
    }

    /// RegisterImage's Architecture.
    public enum Architecture: String, Sendable, Codable {
        case x86_64
        case i386
        case arm64
    }

    /// nil where the disk does not start at all.
    public var bootMode: BootMode?
    /// ImportImage's: it takes no uefi-preferred.
    public var importBootMode: BootMode?
    public var architecture: Architecture?
    /// RegisterImage's EnaSupport: the kernel has the driver.
    public var enaSupport: Bool
    /// Whether the kernel finds its root on an NVMe disk, which it is on all Nitro types.
    public var nvmeSupport: Bool
    /// The size of the smallest volume that holds the disk.
    public var volumeGiB: Int64
    /// Errors first.
    public var findings: [EC2Finding]
    public var facts: EC2Facts

    /// The name by which EC2 attaches the root volume; the system sees another.
    public static let rootDeviceName = "/dev/xvda"

    /// The ways that Kiln chooses by itself; ImportImage only when asked.
    public static let usualWays: [EC2Finding.Way] = [.importSnapshot, .ebsDirect]

    /// Judges; the same facts give the same judgement.
    public init(_ facts: EC2Facts) {
        self.facts = facts
        architecture =
            switch facts.architecture {
            case "x86_64": .x86_64
            case "i386": .i386
            case "aarch64": .arm64
            default: nil
            }
        let loader = Self.fallbackLoader(architecture)
        let uefi = loader.map { facts.fallbackLoaders.contains($0) } ?? false
        let bios = facts.startsByBIOS && architecture != .arm64
        bootMode = uefi && bios ? .uefiPreferred : uefi ? .uefi : bios ? .legacyBIOS : nil
        importBootMode = bios ? .legacyBIOS : uefi ? .uefi : nil
        enaSupport = facts.kernel.map { $0.ena != .missing } ?? false
        nvmeSupport =
            facts.kernel.map { $0.nvme == .builtIn || $0.nvme == .module && $0.initramfsHasNVMe == true } ?? false
        volumeGiB = (facts.virtualSize + (1 << 30) - 1) >> 30
        findings = []
        var found = storageFindings()
        found += bootFindings()
        found += kernelFindings()
        found += mountFindings()
        found += startFindings()
        found += networkFindings()
        findings = found.filter { $0.severity == .error } + found.filter { $0.severity == .warning }
    }

    /// The findings of these ways.
    public func findings(for ways: [EC2Finding.Way]) -> [EC2Finding] {
        findings.filter { !Set($0.ways).isDisjoint(with: ways) }
    }

    /// Whether nothing stands in the way of any of these.
    public func isReady(for ways: [EC2Finding.Way] = usualWays) -> Bool {
        !findings(for: ways).contains { $0.severity == .error }
    }

    /// The file in EFI/BOOT that a firmware starts where it knows of nothing else, as EC2's does.
    static func fallbackLoader(_ architecture: Architecture?) -> String? {
        switch architecture {
        case .x86_64: "BOOTX64.EFI"
        case .arm64: "BOOTAA64.EFI"
        case .i386: "BOOTIA32.EFI"
        case nil: nil
        }
    }
}
