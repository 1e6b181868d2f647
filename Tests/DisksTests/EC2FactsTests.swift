import Testing

@testable import Disks

/// What is read out of a system's files.
@Suite struct EC2FactsTests {
    @Test("Entries of a grub.cfg, in order, with the last initramfs of each")
    func grub() {
        let text = """
            set default="0"
            menuentry 'Debian' --class debian {
            \tlinux\t/boot/vmlinuz-6.1.0 root=UUID=a ro  console=ttyS0
            \techo 'Loading'
            \tinitrd\t/boot/microcode.img /boot/initrd.img-6.1.0
            }
            menuentry 'Old' { linuxefi /vmlinuz-5.10 root=/dev/sda1 }
            menuentry 'No words' { linux
            }
            """
        let entries = BootEntry.all(inGrubConfiguration: text)
        #expect(
            entries == [
                BootEntry(
                    kernel: "/boot/vmlinuz-6.1.0", initramfs: "/boot/initrd.img-6.1.0",
                    commandLine: ["root=UUID=a", "ro", "console=ttyS0"])
            ])
        #expect(BootEntry.all(inGrubConfiguration: "linux16 /vmlinuz-3.10 ro").first?.kernel == "/vmlinuz-3.10")
        #expect(BootEntry.all(inGrubConfiguration: "initrd /x") == [])
    }

    @Test("Of loader entries the saved one is chosen, else the newest, never one for rescue")
    func loaderEntries() {
        func entry(_ version: String) -> String {
            "title T\nversion \(version)\nlinux /vmlinuz-\(version)\ninitrd /initramfs-\(version).img $tuned_initrd\n"
                + "options root=UUID=a ${kernelopts} $tuned_params quiet\n"
        }
        let files = ["id-5.9.0": entry("5.9.0"), "id-5.14.0": entry("5.14.0"), "id-0-rescue": entry("9")]
        let variables = BootEntry.variables(
            inEnvironment: "# GRUB Environment Block\nsaved_entry=id-5.9.0\nkernelopts=console=ttyS0 ro\n######")
        #expect(variables == ["saved_entry": "id-5.9.0", "kernelopts": "console=ttyS0 ro"])
        #expect(
            BootEntry.chosen(from: files, variables: variables)
                == BootEntry(
                    kernel: "/vmlinuz-5.9.0", initramfs: "/initramfs-5.9.0.img",
                    commandLine: ["root=UUID=a", "console=ttyS0", "ro", "quiet"]))
        #expect(BootEntry.chosen(from: files, variables: [:])?.kernel == "/vmlinuz-5.14.0")
        #expect(BootEntry.chosen(from: files, variables: ["saved_entry": "gone"])?.kernel == "/vmlinuz-5.14.0")
        #expect(BootEntry.chosen(from: [:], variables: [:]) == nil)
    }

    @Test("A driver is the file of that name, compressed or not, and no other that begins so")
    func drivers() {
        typealias Driver = KernelFacts.Driver
        let modules = [
            "kernel/drivers/nvme/host/nvme-tcp.ko: kernel/drivers/nvme/host/nvme.ko", "kernel/net/ena.ko.xz:",
        ]
        #expect(Driver("nvme", builtIn: [], modules: modules) == .missing)
        #expect(Driver("ena", builtIn: [], modules: modules) == .module)
        #expect(Driver("nvme", builtIn: ["kernel/drivers/nvme/host/nvme.ko"], modules: modules) == .builtIn)
        #expect(Driver("nvme", builtIn: ["kernel/drivers/nvme/host/nvme-core.ko"], modules: []) == .missing)
    }

    @Test("Lines of fstab, without comments and what is no entry")
    func fstab() {
        let text = "# /dev/sda1 / ext4\n\nUUID=\"a\"\t/  ext4\tdefaults,nofail 0 1\n/dev/sdb none swap\nbroken line\n"
        #expect(
            FstabEntry.all(in: text) == [
                FstabEntry(source: "UUID=a", point: "/", type: "ext4", options: ["defaults", "nofail"]),
                FstabEntry(source: "/dev/sdb", point: "none", type: "swap"),
            ])
    }

    @Test(
        "Names of disks that are another disk's elsewhere",
        arguments: [
            ("/dev/sda", true), ("/dev/sda12", true), ("/dev/vdb1", true), ("/dev/xvda1", true),
            ("/dev/nvme0n1p1", true),
            ("/dev/mmcblk0p1", true), ("/dev/hda1", true), ("/dev/disk/by-path/x", true), ("/dev/disk/by-id/x", true),
            ("/dev/disk/by-uuid/x", false), ("/dev/disk/by-label/x", false), ("/dev/mapper/vg-root", false),
            ("/dev/vg/root", false), ("/dev/sda-backup/x", false), ("/dev/md0", false), ("/dev/sr0", false),
            ("UUID=x", false),
            ("/srv/sda1", false), ("/dev/vd", false),
        ])
    func deviceNames(path: String, isUnstable: Bool) { #expect(DeviceName.isUnstable(path) == isUnstable) }

    @Test("Each way to configure an interface")
    func network() {
        func all(_ file: String, _ text: String) -> [NetworkSetting] { NetworkSetting.all(inFile: file, text) }
        let address = "52:54:00:00:00:01"
        #expect(
            all("/e/90.network", "[Match]\nType=ether\n# x\n[Network]\nDHCP=yes\n")
                == [NetworkSetting(file: "/e/90.network", usesDHCP: true)])
        #expect(
            all(
                "/e/1.network", "[Match]\nName = eth0\nMACAddress=\(address)\n[Network]\nDHCP=ipv6\nAddress=10.0.0.2/24"
            )
                == [NetworkSetting(file: "/e/1.network", interface: "eth0", isStatic: true, hardwareAddress: address)])
        #expect(
            all("/e/1.link", "[Match]\nMACAddress=\(address)") == [
                NetworkSetting(file: "/e/1.link", hardwareAddress: address)
            ])
        #expect(all("/e/1.link", "[Match]\nOriginalName=*") == [])
        let netplan = """
            network:
              version: 2
              ethernets:
                ens3: {dhcp4: true}
                wild: {match: {name: "e*"}, addresses: [10.0.0.2/24]}
                pinned: {match: {macaddress: "\(address)"}, dhcp4: true}
            """
        #expect(
            all("/e/n.yaml", netplan) == [
                NetworkSetting(file: "/e/n.yaml", interface: "ens3", usesDHCP: true),
                NetworkSetting(file: "/e/n.yaml", usesDHCP: true, hardwareAddress: address),
                NetworkSetting(file: "/e/n.yaml", isStatic: true),
            ])
        #expect(all("/e/n.yaml", "network: [") == [])
        let interfaces =
            "auto lo\niface lo inet loopback\nallow-hotplug ens3\niface ens3 inet dhcp\niface eth1 inet static\n  address 10.0.0.2\n"
        #expect(
            all("/etc/network/interfaces", interfaces) == [
                NetworkSetting(file: "/etc/network/interfaces", interface: "ens3", usesDHCP: true),
                NetworkSetting(file: "/etc/network/interfaces", interface: "eth1", isStatic: true),
            ])
        let folder = "/etc/sysconfig/network-scripts"
        #expect(
            all("\(folder)/ifcfg-ens3", "BOOTPROTO=\"dhcp\"\nHWADDR=\(address)")
                == [
                    NetworkSetting(
                        file: "\(folder)/ifcfg-ens3", interface: "ens3", usesDHCP: true, hardwareAddress: address)
                ])
        #expect(all("\(folder)/ifcfg-lo", "DEVICE=lo\nIPADDR=127.0.0.1") == [])
        #expect(
            all("\(folder)/ifcfg-eth0", "BOOTPROTO=none\nIPADDR=10.0.0.2")
                == [NetworkSetting(file: "\(folder)/ifcfg-eth0", interface: "eth0", isStatic: true)])
        let keyFile = "/etc/NetworkManager/system-connections/a.nmconnection"
        #expect(
            all(
                keyFile,
                "[connection]\ntype=ethernet\ninterface-name=enp1s0\n[ethernet]\nmac-address=\(address)\n[ipv4]\nmethod=auto"
            )
                == [NetworkSetting(file: keyFile, interface: "enp1s0", usesDHCP: true, hardwareAddress: address)])
        #expect(all(keyFile, "[connection]\ntype=wifi\n[ipv4]\nmethod=auto") == [])
        let rules = "/etc/udev/rules.d/70-persistent-net.rules"
        #expect(
            all(rules, "SUBSYSTEM==\"net\", ATTR{address}==\"\(address)\", NAME=\"eth0\"")
                == [NetworkSetting(file: rules, hardwareAddress: address)])
        #expect(all(rules, "# nothing\n") == [])
    }

    @Test("cloud-init's files: the last list of data sources counts, a template's line too")
    func cloudInit() {
        var configuration = CloudInitConfiguration()
        configuration.read("users: [default]\n")
        #expect(configuration == CloudInitConfiguration())
        configuration.read("datasource_list: [NoCloud]\n")
        configuration.read("{% if x %}\ndatasource_list: [ Ec2, None ]\n")
        #expect(configuration.datasources == ["Ec2", "None"])
        configuration.read("network: {config: disabled}\n")
        #expect(configuration.leavesNetwork)
        configuration.read("network: {version: 2}\n")
        #expect(!configuration.leavesNetwork)
    }
}
