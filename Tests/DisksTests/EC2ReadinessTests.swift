import Foundation
import Testing

@testable import Disks

/// The judgement over facts alone.
@Suite struct EC2ReadinessTests {
    private typealias Way = EC2Finding.Way

    /// A disk that nothing is wrong with.
    private static let good = EC2Facts(
        virtualSize: 8 << 30, table: .gpt, system: "debian 12.15", architecture: "x86_64", systems: 1,
        isEncrypted: false,
        startsByBIOS: true, hasEFIFolder: true, fallbackLoaders: ["BOOTX64.EFI"],
        root: .init(device: "/dev/sda3", fileSystem: "ext4", isLVM: false, isSubvolume: false, free: 4 << 30),
        kernel: KernelFacts(
            version: "6.1.0",
            commandLine: ["root=UUID=a", "ro", "console=tty0", "console=ttyS0,115200n8", "net.ifnames=0"],
            nvme: .module, ena: .module, initramfs: "/boot/initrd.img-6.1.0", initramfsHasNVMe: true),
        mounts: [
            FstabEntry(source: "UUID=a", point: "/", type: "ext4"),
            FstabEntry(source: "LABEL=ESP", point: "/boot/efi", type: "vfat"),
            FstabEntry(source: "tmpfs", point: "/tmp", type: "tmpfs"),
        ], identities: ["a", "ESP"],
        cloudInit: .init(isDisabled: false, datasources: nil, leavesNetwork: false, seeds: []),
        network: NetworkFacts(hasNetworkManager: false, settings: []))

    private func judged(_ change: (inout EC2Facts) -> Void) -> EC2Readiness {
        var facts = Self.good
        change(&facts)
        return EC2Readiness(facts)
    }

    @Test("A disk that nothing is wrong with has no findings, and everything an AMI says of itself")
    func nothing() throws {
        let readiness = EC2Readiness(Self.good)
        #expect(readiness.findings == [])
        #expect(readiness.bootMode == .uefiPreferred && readiness.importBootMode == .legacyBIOS)
        #expect(readiness.architecture == .x86_64 && readiness.enaSupport && readiness.nvmeSupport)
        #expect(readiness.volumeGiB == 8)
        #expect(readiness.isReady(for: Way.allCases))
        let copy = try JSONDecoder().decode(EC2Readiness.self, from: try JSONEncoder().encode(readiness))
        #expect(copy == readiness)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout EC2Facts) -> Void
        var findings: [String]

        /// - Parameter findings: "code severity", and the ways where they are not all.
        init(_ name: String, _ findings: String..., change: @escaping @Sendable (inout EC2Facts) -> Void) {
            testDescription = name
            self.findings = findings
            self.change = change
        }
    }

    private static let usual = "import-snapshot,ebs-direct"
    private static let tebibyte: Int64 = 1 << 40

    static let cases: [Case] = [
        Case("8 TiB", "size error import-image") { $0.virtualSize = 8 * tebibyte },
        Case("just below 8 TiB") { $0.virtualSize = 8 * tebibyte - 512 },
        Case("above 8 TiB", "size error import-image", "size warning import-snapshot") {
            $0.virtualSize = 9 * tebibyte
        },
        Case("16 TiB", "size error import-image", "size error import-snapshot") { $0.virtualSize = 16 * tebibyte },
        Case("65 TiB", "size error import-image", "size error import-snapshot", "size error ebs-direct") {
            $0.virtualSize = 65 * tebibyte
        },
        Case("MBR beyond 2 TiB", "mbrSize warning") { ($0.table, $0.virtualSize) = (.mbr, 3 * tebibyte) },
        Case("MBR of 2 TiB") { ($0.table, $0.virtualSize) = (.mbr, 2 * tebibyte) },
        Case("LUKS, with a system in /boot's place", "encrypted error") { $0.isEncrypted = true },
        Case("no system", "noSystem error") {
            $0.system = nil; $0.kernel = nil; $0.cloudInit = nil; $0.root = nil
        },
        Case("two systems", "severalSystems error import-image") { $0.systems = 2 },
        Case("LVM", "lvm warning") { $0.root?.isLVM = true },
        Case("a subvolume", "subvolume error import-image") { $0.root?.isSubvolume = true },
        Case("249 MiB free", "freeSpace warning import-image") { $0.root?.free = 249 << 20 },
        Case("a full root", "freeSpace warning") { $0.root?.free = 0 },
        Case("arm64", "architecture error import-image") {
            ($0.architecture, $0.fallbackLoaders) = ("aarch64", ["BOOTAA64.EFI"])
        },
        Case("arm64 with x86's loader", "architecture error import-image", "bootLoader error") {
            $0.architecture = "aarch64"
        },
        Case("i386", "architecture error import-image", "architecture warning \(usual)", "uefiLoader warning") {
            $0.architecture = "i386"
        },
        Case("riscv", "architecture error") { $0.architecture = "riscv64" },
        Case("no boot loader", "bootLoader error") { ($0.startsByBIOS, $0.fallbackLoaders) = (false, []) },
        Case("a loader that only its own firmware knows", "uefiLoader warning") { $0.fallbackLoaders = [] },
        Case("BIOS only") { ($0.fallbackLoaders, $0.hasEFIFolder) = ([], false) },
        Case("UEFI only") { $0.startsByBIOS = false },
        Case("no kernel", "kernel error") { $0.kernel = nil },
        Case("no NVMe", "nvmeDriver error") { $0.kernel?.nvme = .missing },
        Case("NVMe built in, no initramfs") {
            $0.kernel?.nvme = .builtIn
            $0.kernel?.initramfs = nil
            $0.kernel?.initramfsHasNVMe = nil
        },
        Case("no initramfs", "nvmeInitramfs error") {
            $0.kernel?.initramfs = nil
            $0.kernel?.initramfsHasNVMe = nil
        },
        Case("no NVMe in the initramfs", "nvmeInitramfs error") { $0.kernel?.initramfsHasNVMe = false },
        Case("an initramfs that nobody reads", "initramfsUnread warning") { $0.kernel?.initramfsHasNVMe = nil },
        Case("no ENA", "enaDriver error") { $0.kernel?.ena = .missing },
        Case("ENA built in") { $0.kernel?.ena = .builtIn },
        Case("root=/dev/vda1", "rootName error") { $0.kernel?.commandLine?[0] = "root=/dev/vda1" },
        Case("root on a logical volume by name") { $0.kernel?.commandLine?[0] = "root=/dev/mapper/vg-root" },
        Case("no serial console", "console warning") { $0.kernel?.commandLine?.remove(at: 3) },
        Case("predictable names", "interfaceNames warning import-image") { $0.kernel?.commandLine?.removeLast() },
        Case("a command line that nobody found") { $0.kernel?.commandLine = nil },
        Case("fstab with /dev/sda1", "fstabName error \(usual)") { $0.mounts[0].source = "/dev/sda1" },
        Case("fstab with a data disk by name and nofail", "fstabName warning \(usual)") {
            $0.mounts.append(FstabEntry(source: "/dev/xvdb", point: "/data", type: "xfs", options: ["nofail"]))
        },
        Case("swap by name", "fstabName warning \(usual)") {
            $0.mounts.append(FstabEntry(source: "/dev/nvme0n1p2", point: "none", type: "swap"))
        },
        Case("a drive that is not mounted by itself") {
            $0.mounts.append(FstabEntry(source: "/dev/sr0", point: "/media", type: "udf", options: ["noauto"]))
            $0.mounts.append(FstabEntry(source: "/dev/sdb1", point: "/mnt", type: "ext4", options: ["noauto", "user"]))
        },
        Case("logical volumes and labels of partitions") {
            $0.mounts.append(FstabEntry(source: "/dev/mapper/vg-data", point: "/data", type: "xfs"))
            $0.mounts.append(FstabEntry(source: "/dev/vg/data", point: "/data2", type: "xfs"))
            $0.mounts.append(FstabEntry(source: "PARTLABEL=x", point: "/x", type: "xfs"))
        },
        Case("by-path", "fstabName error \(usual)") {
            $0.mounts.append(FstabEntry(source: "/dev/disk/by-path/pci-0000:00:1f.2-ata-1", point: "/d", type: "xfs"))
        },
        Case("a file system of another disk", "fstabMissing error \(usual)") {
            $0.mounts.append(FstabEntry(source: "/dev/disk/by-uuid/b", point: "/data", type: "xfs"))
        },
        Case("a file system of another disk, with nofail", "fstabMissing warning \(usual)") {
            $0.mounts.append(
                FstabEntry(source: "LABEL=b", point: "/data", type: "xfs", options: ["defaults", "nofail"]))
        },
        Case("no cloud-init", "cloudInit warning", "networkDHCP warning") { $0.cloudInit = nil },
        Case("cloud-init disabled", "cloudInit warning", "networkDHCP warning") { $0.cloudInit?.isDisabled = true },
        Case("cloud-init disabled by the kernel", "cloudInit warning") {
            $0.kernel?.commandLine?.append("cloud-init=disabled")
        },
        Case("NoCloud only", "datasource warning") { $0.cloudInit?.datasources = ["NoCloud"] },
        Case("no data source", "datasource warning") { $0.cloudInit?.datasources = [] },
        Case("NoCloud and EC2") { $0.cloudInit?.datasources = ["NoCloud", "Ec2", "None"] },
        Case("ds=nocloud", "datasource warning") { $0.kernel?.commandLine?.append("ds=nocloud;s=/seed/") },
        Case("a seed", "seed warning") { $0.cloudInit?.seeds = ["the volume CIDATA"] },
        Case("no DHCP where cloud-init leaves the network alone", "networkDHCP warning") {
            $0.cloudInit?.leavesNetwork = true
        },
        Case("DHCP where cloud-init leaves the network alone") {
            $0.cloudInit?.leavesNetwork = true
            $0.network.settings = [NetworkSetting(file: "a.network", usesDHCP: true)]
        },
        Case("NetworkManager where cloud-init leaves the network alone") {
            $0.cloudInit?.leavesNetwork = true
            $0.network.hasNetworkManager = true
        },
        Case("DHCP for another name", "networkName warning") {
            $0.cloudInit?.leavesNetwork = true
            $0.network.settings = [NetworkSetting(file: "interfaces", interface: "enp1s0", usesDHCP: true)]
        },
        Case("DHCP for eth0 too") {
            $0.cloudInit?.leavesNetwork = true
            $0.network.settings = ["enp1s0", "eth0"].map { NetworkSetting(file: "f", interface: $0, usesDHCP: true) }
        },
        Case("DHCP for one card", "hardwareAddress warning", "networkDHCP warning") {
            $0.cloudInit?.leavesNetwork = true
            $0.network.settings = [NetworkSetting(file: "f", usesDHCP: true, hardwareAddress: "52:54:00:00:00:01")]
        },
        Case("a fixed address", "networkStatic warning \(usual)") {
            $0.network.settings = [NetworkSetting(file: "interfaces", interface: "eth0", isStatic: true)]
        },
        Case("what cloud-init wrote here") {
            $0.network.settings = [
                NetworkSetting(
                    file: "/etc/netplan/50-cloud-init.yaml", usesDHCP: true, hardwareAddress: "52:54:00:00:00:01")
            ]
        },
        Case("what cloud-init wrote here and will not write again", "hardwareAddress warning", "networkDHCP warning") {
            $0.cloudInit?.leavesNetwork = true
            $0.network.settings = [
                NetworkSetting(
                    file: "/etc/netplan/50-cloud-init.yaml", usesDHCP: true, hardwareAddress: "52:54:00:00:00:01")
            ]
        },
    ]

    @Test("Each fault is found, for the ways that it matters to, and nothing else is", arguments: cases)
    func judgement(example: Case) {
        let readiness = judged(example.change)
        let found = readiness.findings.map { finding in
            let ways = finding.ways == Way.allCases ? "" : " \(finding.ways.map(\.rawValue).joined(separator: ","))"
            return "\(finding.code.rawValue) \(finding.severity.rawValue)\(ways)"
        }
        #expect(Set(found) == Set(example.findings) && found.count == example.findings.count)
        for finding in readiness.findings { #expect(!finding.message.isEmpty && !finding.mend.isEmpty) }
        for way in Way.allCases {
            let isRefused = readiness.findings.contains { $0.ways.contains(way) && $0.severity == .error }
            #expect(readiness.isReady(for: [way]) == !isRefused)
        }
    }

    @Test("Every kind of finding is among the cases")
    func complete() {
        let named = Set(Self.cases.flatMap(\.findings).map { $0.prefix { $0 != " " } })
        #expect(named == Set(EC2Finding.Code.allCases.map { Substring($0.rawValue) }))
    }

    @Test("Errors come before warnings")
    func order() {
        let readiness = judged { facts in
            facts.cloudInit = nil
            facts.kernel?.ena = .missing
        }
        #expect(readiness.findings.map(\.severity) == [.error, .warning, .warning])
    }

    @Test("Boot modes follow from the loaders and the architecture; an odd size fills its last GiB")
    func modes() {
        let uefi = judged { $0.startsByBIOS = false }
        #expect(uefi.bootMode == .uefi && uefi.importBootMode == .uefi)
        let bios = judged { $0.fallbackLoaders = ["BOOTIA32.EFI"] }
        #expect(bios.bootMode == .legacyBIOS)
        let arm = judged { ($0.architecture, $0.fallbackLoaders) = ("aarch64", ["BOOTAA64.EFI"]) }
        #expect(arm.bootMode == .uefi && arm.architecture == .arm64)
        let none = judged { ($0.startsByBIOS, $0.fallbackLoaders) = (false, []) }
        #expect(none.bootMode == nil && none.importBootMode == nil)
        let odd = judged { $0.virtualSize = (8 << 30) + 512 }
        #expect(odd.volumeGiB == 9)
        let noENA = judged { $0.kernel?.ena = .missing }
        #expect(!noENA.enaSupport)
        let unread = judged { $0.kernel?.initramfsHasNVMe = nil }
        #expect(!unread.nvmeSupport)
        let builtIn = judged { $0.kernel?.nvme = .builtIn }
        #expect(builtIn.nvmeSupport)
    }
}
