import CGuestfs
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Disks

/// Real disks. The appliance boots once for all that is looked at in the base image: as it is, and with faults put in.
@Suite(.serialized, .enabled(if: Appliance.isThere), .timeLimit(.minutes(10))) struct EC2PreflightTests {
    private static var base: FilePath { FilePath(Appliance.environment["KILN_TEST_BASE"] ?? "") }

    private func check(_ disk: FilePath, _ format: String = "qcow2") async throws -> EC2Readiness {
        try await EC2Preflight.run(disk: disk, format: format, settings: Appliance.settings)
    }

    /// What a session on an overlay of the base image has found.
    private struct Look: Sendable {
        let base: EC2Readiness
        /// Whether the initramfs has a module that it has; whether that is known of what is none. Of one that it has not, the
        /// faults tell.
        let initramfs: [Bool?]
        /// After the system's own shell has put the faults in.
        let doctored: EC2Readiness
        /// With another disk's content over it.
        let encrypted: EC2Readiness
    }

    private static let look = Task { () async throws -> Look in
        try await Scratch.with { scratch in
            let disk = scratch.path("disk.qcow2")
            try await scratch.run(
                "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.string, disk.string])
            let other = scratch.path("encrypted.raw")
            try DurableFile.write(encryptedDisk, to: other)
            return try await Guestfs.session(disk: disk, format: "qcow2", settings: Appliance.settings) {
                (guestfs) throws(DiskFailure) in
                let base = try guestfs.ec2Facts()
                try guestfs.run("unmount") { guestfs_umount_all($0) }
                try guestfs.run("mount the root") { guestfs_mount($0, "/dev/sda3", "/") }
                let file = try guestfs.glob("/boot/initrd.img-*").first ?? ""
                let initramfs = try guestfs.initramfsHas("xen-blkfront", file)
                let none = try ["/etc/fstab", "/it's not there"].map { (file) throws(DiskFailure) in
                    try guestfs.initramfsHas("nvme", file)
                }
                try guestfs.run("mount the loaders") { guestfs_mount($0, "/dev/sda2", "/boot/efi") }
                _ = try guestfs.text("put faults in") { guestfs_sh($0, faults) }
                try guestfs.run("unmount") { guestfs_umount_all($0) }
                let doctored = try guestfs.ec2Facts()
                try guestfs.run("unmount") { guestfs_umount_all($0) }
                try guestfs.run("write another disk") { guestfs_upload($0, other.string, "/dev/sda") }
                // A GPT has its copy at the end.
                let zeros = [CChar](repeating: 0, count: 1 << 20)
                _ = try guestfs.call("forget the partitions") { handle in
                    let end = base.virtualSize - Int64(zeros.count)
                    return guestfs_pwrite_device(handle, "/dev/sda", zeros, zeros.count, end) < 0 ? nil : true
                }
                try guestfs.run("find the partitions") { guestfs_blockdev_rereadpt($0, "/dev/sda") }
                return Look(
                    base: EC2Readiness(base), initramfs: [initramfs] + none, doctored: EC2Readiness(doctored),
                    encrypted: EC2Readiness(try guestfs.ec2Facts()))
            }
        }
    }

    private static let faults = """
        set -eu
        sed -i 's|^UUID=[^ ]* / |/dev/sda3 / |; $a UUID=feed-beef /data xfs defaults 0 2' /etc/fstab
        modules=$(echo /lib/modules/*)
        # As a kernel that has the driver as a module: the initramfs, which is unchanged, lacks it.
        sed -i '/nvme\\.ko/d' $modules/modules.builtin
        sed -i 's/^CONFIG_BLK_DEV_NVME=y/CONFIG_BLK_DEV_NVME=m/' /boot/config-*
        echo 'kernel/drivers/nvme/host/nvme.ko:' >> $modules/modules.dep
        sed -i '/\\/ena\\.ko/d' $modules/modules.dep
        sed -i 's/console=ttyS0[^ ]*//; s/root=UUID=[^ ]*/root=\\/dev\\/vda3/' /boot/grub/grub.cfg
        rm /boot/efi/EFI/BOOT/BOOTX64.EFI
        echo 'datasource_list: [NoCloud]' > /etc/cloud/cloud.cfg.d/99-pin.cfg
        mkdir -p /var/lib/cloud/seed/nocloud && touch /var/lib/cloud/seed/nocloud/user-data
        printf '[Match]\\nMACAddress=52:54:00:12:34:56\\n[Link]\\nName=lan0\\n' > /etc/systemd/network/10-lan.link
        printf '[Match]\\nName=lan1\\n[Network]\\nAddress=10.0.0.2/24\\n' > /etc/systemd/network/20-lan.network
        """

    @Test("The base image is ready for EC2, by BIOS and UEFI")
    func baseImage() async throws {
        let readiness = try await Self.look.value.base
        #expect(readiness.findings.map(\.code) == [.interfaceNames])
        #expect(readiness.isReady() && readiness.isReady(for: EC2Finding.Way.allCases))
        #expect(readiness.bootMode == .uefiPreferred && readiness.architecture == .x86_64)
        #expect(readiness.enaSupport && readiness.nvmeSupport && readiness.volumeGiB == 8)
        let facts = readiness.facts
        #expect(facts.table == .gpt && facts.root?.device == "/dev/sda3" && facts.root?.fileSystem == "ext4")
        #expect(facts.kernel?.version.hasSuffix("-cloud-amd64") == true)
        // Debian's cloud kernel has NVMe built in, and ENA as a module.
        #expect(facts.kernel?.nvme == .builtIn && facts.kernel?.ena == .module)
        #expect(facts.kernel?.initramfs?.hasPrefix("/boot/initrd.img-") == true)
        #expect(facts.cloudInit?.datasources?.contains("Ec2") == true)
        #expect(facts.network.settings.map(\.usesDHCP) == [true])
    }

    @Test("Drivers, names and settings that would not do on EC2 are all found in one look")
    func faults() async throws {
        let readiness = try await Self.look.value.doctored
        let errors: Set<EC2Finding.Code> = [.fstabName, .fstabMissing, .nvmeInitramfs, .enaDriver, .rootName]
        let warnings: Set<EC2Finding.Code> = [
            .console, .uefiLoader, .datasource, .seed, .hardwareAddress, .networkStatic, .interfaceNames,
        ]
        #expect(Set(readiness.findings.filter { $0.severity == .error }.map(\.code)) == errors)
        #expect(Set(readiness.findings.filter { $0.severity == .warning }.map(\.code)) == warnings)
        #expect(readiness.findings.count == errors.count + warnings.count)
        #expect(readiness.bootMode == .legacyBIOS && !readiness.enaSupport && !readiness.nvmeSupport)
        #expect(!readiness.isReady())
    }

    @Test("What the system's own tool reads of its initramfs is told apart from what is not in it")
    func initramfs() async throws {
        #expect(try await Self.look.value.initramfs == [true, nil, nil])
    }

    @Test(
        "A system without kernel, boot loader and network is told what it lacks, and not changed; a disk that is none fails"
    )
    func bareSystem() async throws {
        try await Scratch.with { scratch in
            try scratch.fakeLinux("root")
            let disk = try await scratch.fileSystem(from: "root")
            let before = try FileDigest.sha256(disk).digest
            let readiness = try await check(disk, "raw")
            #expect(try FileDigest.sha256(disk).digest == before, "it is only looked at")
            #expect(
                Set(readiness.findings.map(\.code)) == [
                    .bootLoader, .kernel, .fstabName, .cloudInit, .networkDHCP, .freeSpace,
                ])
            let facts = readiness.facts
            #expect(facts.table == .none && facts.root?.device == "/dev/sda" && facts.architecture == "x86_64")
            #expect(readiness.bootMode == nil && !readiness.enaSupport && !readiness.isReady())
            await #expect(throws: DiskFailure.self) { try await check(scratch.path("nothing.raw"), "raw") }
        }
    }

    @Test("A partition with LUKS is told, though nobody can look behind it")
    func encrypted() async throws {
        let readiness = try await Self.look.value.encrypted
        #expect(readiness.findings.map(\.code) == [.encrypted, .noSystem])
        #expect(readiness.facts.table == .mbr && readiness.facts.isEncrypted)
    }

    /// An MBR with one partition from sector 128 on, and there the header of LUKS (version 1).
    private static var encryptedDisk: [UInt8] {
        var content = [UInt8](repeating: 0, count: 4 << 20)
        content.replaceSubrange(446..<462, with: [0, 0, 0, 0, 0x83, 0, 0, 0, 128, 0, 0, 0, 0x80, 0x1f, 0, 0])
        content.replaceSubrange(510..<512, with: [0x55, 0xaa])
        let header = Array("LUKS".utf8) + [0xba, 0xbe, 0, 1] + Array("aes".utf8)
        content.replaceSubrange(65536..<65536 + header.count, with: header)
        let uuid = Array("12345678-1234-1234-1234-123456789012".utf8)
        content.replaceSubrange(65536 + 168..<65536 + 168 + uuid.count, with: uuid)
        return content
    }
}
