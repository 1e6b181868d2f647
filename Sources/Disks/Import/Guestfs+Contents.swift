import CGuestfs
import Failures
import Glibc

extension Guestfs {
    /// Judges the one disk of this session as a parent.
    ///
    /// - Throws: `DiskFailure`: `notADisk` where the disk is shorter than its partition table says,
    ///   `unsupportedSystem` with the reason.
    func contents(of name: String) throws(DiskFailure) -> DiskContents {
        let size = try call("measure the disk") { handle in
            let size = guestfs_blockdev_getsize64(handle, "/dev/sda")
            return size < 0 ? nil : size
        }
        let head = try beginning(ofDevice: "/dev/sda", Int32(min(size, Int64(DiskLayout.headLength))))
        _ = try DiskLayout.check(head, size: UInt64(size), of: name)
        let system = try mountSystem()
        let initSystem = try initSystem()
        guard initSystem == "systemd" else {
            throw DiskFailure(
                .unsupportedSystem, "\(system.title) is started by \(initSystem)",
                hint: "Kiln builds on systems with systemd")
        }
        let selinux = try selinuxMode()
        let agent = try agentState(selinux: selinux)
        let cloudInit = try glob("/{etc/cloud/cloud.cfg,usr/bin/cloud-init,usr/local/bin/cloud-init}")
        let packages = packages(of: system)
        // The last: it mounts other things.
        let modes = try bootModes(head, system)
        guard !modes.isEmpty else {
            throw DiskFailure(
                .unsupportedSystem,
                "\(system.title) has no boot loader that a firmware finds: none in the first sector, and no "
                    + "EFI/BOOT/BOOTX64.EFI on a FAT partition",
                hint: "install one into it: grub-install, with --removable for UEFI")
        }
        return DiskContents(
            system: system, initSystem: initSystem, bootModes: modes, agent: agent, hasCloudInit: !cloudInit.isEmpty,
            selinux: selinux, packages: packages)
    }

    /// What the kernel starts, by the name of its program.
    private func initSystem() throws(DiskFailure) -> String {
        for path in ["/sbin/init", "/usr/sbin/init", "/etc/init", "/bin/init"] {
            guard let real = try? text("follow \(path)", { guestfs_realpath($0, path) }) else { continue }
            return real.split(separator: "/").last.map(String.init) ?? real
        }
        return "nothing that is called init"
    }

    func beginning(ofDevice device: String, _ count: Int32) throws(DiskFailure) -> Bytes {
        var size = 0
        let answer = try call("read the disk") { guestfs_pread_device($0, device, count, 0, &size) }
        defer { free(answer) }
        return Bytes(content: Array(UnsafeRawBufferPointer(start: answer, count: size)))
    }

    /// Whether the disk begins with grub's first sector, or the one of syslinux and others that goes on to the active partition.
    func startsByBIOS(_ head: Bytes) -> Bool {
        let active = stride(from: 446, to: 510, by: 16).contains { head.littleEndian($0, as: UInt8.self) == 0x80 }
        return head.contains("GRUB", in: 0..<440) || active && head.contains("issing operating system", in: 0..<440)
    }

    private func bootModes(_ head: Bytes, _ system: InspectedSystem) throws(DiskFailure) -> [DiskContents.BootMode] {
        var modes: [DiskContents.BootMode] = []
        if startsByBIOS(head) { modes.append(.bios) }
        try run("unmount") { guestfs_umount_all($0) }
        for partition in Self.strings(try call("list the partitions") { guestfs_list_partitions($0) }) {
            guard (try? text("look at \(partition)") { guestfs_vfs_type($0, partition) }) == "vfat",
                (try? run("mount \(partition)") { guestfs_mount_ro($0, partition, "/") }) != nil
            else { continue }
            let loader = try exists("/EFI/BOOT/BOOTX64.EFI")
            try run("unmount") { guestfs_umount_all($0) }
            if loader { return modes + [.uefi] }
        }
        return modes
    }
}
