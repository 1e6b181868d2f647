import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Disks

/// Real disks: the base image, and copies of it with faults that were put in with guestfish.
@Suite(.serialized, .enabled(if: Appliance.isThere), .timeLimit(.minutes(10))) struct EC2PreflightTests {
    private var base: FilePath { FilePath(Appliance.environment["KILN_TEST_BASE"] ?? "") }

    private func check(_ disk: FilePath, _ format: String = "qcow2") async throws -> EC2Readiness {
        try await EC2Preflight.run(disk: disk, format: format, settings: Appliance.settings)
    }

    /// Has the system's own shell change an overlay on the base image.
    private func doctored(_ scratch: Scratch, _ script: String) async throws -> FilePath {
        let disk = scratch.path("disk.qcow2")
        try await scratch.run(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.string, disk.string])
        let (commands, file) = (scratch.path("commands"), scratch.path("script"))
        try DurableFile.write(Array("set -eu\n\(script)\n".utf8), to: file)
        let lines =
            "run\nmount /dev/sda3 /\nmount /dev/sda2 /boot/efi\nupload \(file) /root/script\nsh \"sh /root/script 2>&1\"\nrm /root/script\n"
        try DurableFile.write(Array(lines.utf8), to: commands)
        try await HostCommand(
            "guestfish", ["-a", disk.string, "-f", commands.string],
            environment: [
                "LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg",
                "LIBGUESTFS_CACHEDIR": Appliance.settings.cache.string,
            ], limit: .seconds(300), package: "guestfish"
        ).run()
        return disk
    }

    @Test("The base image is ready for EC2, by BIOS and UEFI, and is not changed by the look")
    func baseImage() async throws {
        let before = try FileStamp(of: base)
        let readiness = try await check(base)
        #expect(try FileStamp(of: base) == before)
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
        try await Scratch.with { scratch in
            let disk = try await doctored(
                scratch,
                """
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
                """)
            let readiness = try await check(disk)
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
    }

    @Test("What the system's own tool reads of its initramfs is told apart from what is not in it")
    func initramfs() async throws {
        let found = try await Guestfs.session(disk: base, format: "qcow2", readOnly: true, settings: Appliance.settings)
        {
            (guestfs) throws(DiskFailure) in
            _ = try guestfs.mountSystem()
            let file = try guestfs.glob("/boot/initrd.img-*").first ?? ""
            return try ["xen-blkfront", "nvme"].map { (name) throws(DiskFailure) in
                try guestfs.initramfsHas(name, file)
            } + [guestfs.initramfsHas("nvme", "/etc/fstab"), guestfs.initramfsHas("nvme", "/it's not there")]
        }
        #expect(found == [true, false, nil, nil])
    }

    @Test("A system without kernel, boot loader and network is told what it lacks; a disk that is none fails")
    func bareSystem() async throws {
        try await Scratch.with { scratch in
            try scratch.fakeLinux("root")
            let readiness = try await check(try await scratch.fileSystem(from: "root"), "raw")
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
        try await Scratch.with { scratch in
            let disk = scratch.path("disk.raw")
            // An MBR with one partition from sector 128 on, and there the header of LUKS (version 1).
            var content = [UInt8](repeating: 0, count: 4 << 20)
            content.replaceSubrange(446..<462, with: [0, 0, 0, 0, 0x83, 0, 0, 0, 128, 0, 0, 0, 0x80, 0x1f, 0, 0])
            content.replaceSubrange(510..<512, with: [0x55, 0xaa])
            let header = Array("LUKS".utf8) + [0xba, 0xbe, 0, 1] + Array("aes".utf8)
            content.replaceSubrange(65536..<65536 + header.count, with: header)
            let uuid = Array("12345678-1234-1234-1234-123456789012".utf8)
            content.replaceSubrange(65536 + 168..<65536 + 168 + uuid.count, with: uuid)
            try DurableFile.write(content, to: disk)
            let readiness = try await check(disk, "raw")
            #expect(readiness.findings.map(\.code) == [.encrypted, .noSystem])
            #expect(readiness.facts.table == .mbr && readiness.facts.isEncrypted)
        }
    }
}
