import CGuestfs
import Failures
import Glibc

extension Guestfs {
    /// Looks at the one disk of this session; a system that is not there, or can't be read, is a fact too.
    func ec2Facts() throws(DiskFailure) -> EC2Facts {
        let size = try call("measure the disk") { handle in
            let size = guestfs_blockdev_getsize64(handle, "/dev/sda")
            return size < 0 ? nil : size
        }
        let head = try beginning(ofDevice: "/dev/sda", Int32(min(size, Int64(DiskLayout.headLength))))
        let fileSystems = try fileSystems()
        let loaders = try loaders(fileSystems)
        var facts = EC2Facts(
            virtualSize: size, table: partitionTable(), system: nil, architecture: nil, systems: 0,
            isEncrypted: try hasLUKS(), startsByBIOS: startsByBIOS(head),
            hasEFIFolder: loaders.hasFolder, fallbackLoaders: loaders.names, root: nil, kernel: nil, mounts: [],
            identities: fileSystems.flatMap(\.identities), cloudInit: nil,
            network: NetworkFacts(hasNetworkManager: false, settings: []))
        let roots = Self.strings(try call("inspect the disk") { guestfs_inspect_os($0) })
        facts.systems = roots.count
        guard let root = roots.first else { return facts }
        let product = try? text("inspect the disk") { guestfs_inspect_get_product_name($0, root) }
        let distribution = try? text("inspect the disk") { guestfs_inspect_get_distro($0, root) }
        facts.system = [distribution, product].compactMap(\.self).joined(separator: " ")
        facts.architecture = try? text("inspect the disk") { guestfs_inspect_get_arch($0, root) }
        try mountAll(of: root)
        facts.root = try rootFacts(root)
        facts.kernel = try kernelFacts()
        facts.mounts = FstabEntry.all(in: try beginning(of: "/etc/fstab"))
        facts.cloudInit = try cloudInitFacts(facts.identities)
        facts.network = try networkFacts()
        return facts
    }

    private struct FileSystem {
        var device: String
        var type: String
        var identities: [String]
    }

    private func fileSystems() throws(DiskFailure) -> [FileSystem] {
        let pairs = Self.strings(try call("list the file systems") { guestfs_list_filesystems($0) })
        return stride(from: 0, to: pairs.count - 1, by: 2).map { index in
            let device = pairs[index]
            let uuid = try? text("look at \(device)") { guestfs_vfs_uuid($0, device) }
            let label = try? text("look at \(device)") { guestfs_vfs_label($0, device) }
            return FileSystem(
                device: device, type: pairs[index + 1],
                identities: [uuid, label].compactMap(\.self).filter { !$0.isEmpty })
        }
    }

    /// Asks each device: the list of file systems leaves LUKS out.
    private func hasLUKS() throws(DiskFailure) -> Bool {
        let devices =
            Self.strings(try call("list the partitions") { guestfs_list_partitions($0) })
            + Self.strings(try call("list the disks") { guestfs_list_devices($0) })
            + Self.strings(try call("list the logical volumes") { guestfs_lvs($0) })
        return devices.contains { device in
            (try? text("look at \(device)") { guestfs_vfs_type($0, device) }) == "crypto_LUKS"
        }
    }

    private func partitionTable() -> EC2Facts.PartitionTable {
        let type = try? text("look at the partition table") { guestfs_part_get_parttype($0, "/dev/sda") }
        return type == "gpt" ? .gpt : type == "msdos" ? .mbr : .none
    }

    private func loaders(_ fileSystems: [FileSystem]) throws(DiskFailure) -> (names: [String], hasFolder: Bool) {
        var (names, hasFolder) = ([String](), false)
        for fileSystem in fileSystems where fileSystem.type == "vfat" {
            guard (try? run("mount \(fileSystem.device)") { guestfs_mount_ro($0, fileSystem.device, "/") }) != nil
            else {
                continue
            }
            if try exists("/EFI") { hasFolder = true }
            for name in ["BOOTX64.EFI", "BOOTAA64.EFI", "BOOTIA32.EFI"] where try exists("/EFI/BOOT/\(name)") {
                names.append(name)
            }
            try run("unmount") { guestfs_umount_all($0) }
        }
        return (names, hasFolder)
    }

    /// Writable, for tools of the system that want a temporary file: what is written is the session's own, and goes with it.
    private func mountAll(of root: String) throws(DiskFailure) {
        let flat = Self.strings(try call("inspect the disk") { guestfs_inspect_get_mountpoints($0, root) })
        let mounts = stride(from: 0, to: flat.count - 1, by: 2).map { (point: flat[$0], device: flat[$0 + 1]) }
        // Not what fstab calls the root: whether that is there is a matter of the findings.
        try run("mount \(root)") { guestfs_mount($0, root, "/") }
        for mount in mounts.sorted(by: { $0.point.utf8.count < $1.point.utf8.count }) where mount.point != "/" {
            // fstab may name what is not there.
            _ = try? run("mount \(mount.device)") { guestfs_mount($0, mount.device, mount.point) }
        }
    }

    private func rootFacts(_ root: String) throws(DiskFailure) -> EC2Facts.Root {
        let type = (try? text("look at \(root)") { guestfs_vfs_type($0, root) }) ?? "unknown"
        let isLVM = (try? call("look at \(root)") { guestfs_is_lv($0, root) == 1 ? true : nil }) ?? false
        let space = try call("measure the root") { guestfs_statvfs($0, "/") }
        defer { guestfs_free_statvfs(space) }
        return EC2Facts.Root(
            device: root, fileSystem: type, isLVM: isLVM, isSubvolume: root.hasPrefix("btrfsvol:"),
            free: space.pointee.bavail * space.pointee.frsize)
    }

    private func cloudInitFacts(_ identities: [String]) throws(DiskFailure) -> EC2Facts.CloudInit? {
        guard try !glob("/{usr/bin,usr/local/bin,opt/bin}/cloud-init").isEmpty else { return nil }
        var configuration = CloudInitConfiguration()
        for file in ["/etc/cloud/cloud.cfg"] + (try glob("/etc/cloud/cloud.cfg.d/*.cfg")) {
            configuration.read(try beginning(of: file))
        }
        let volumes = identities.filter { $0.uppercased() == "CIDATA" }.map { "the volume \($0)" }
        return EC2Facts.CloudInit(
            isDisabled: try exists("/etc/cloud/cloud-init.disabled"), datasources: configuration.datasources,
            leavesNetwork: configuration.leavesNetwork,
            seeds: try glob("/var/lib/cloud/seed/*/{user-data,meta-data}") + volumes)
    }

    private func networkFacts() throws(DiskFailure) -> NetworkFacts {
        let units = try glob(
            "/{etc,usr/lib}/systemd/system/*.wants/{NetworkManager,systemd-networkd,networking}.service")
        let isEnabled = { (name: String) in units.contains { $0.hasSuffix("/\(name).service") } }
        var patterns = [
            "/etc/systemd/network/*.link", "/etc/udev/rules.d/*persistent-net*.rules", "/etc/netplan/*.yaml",
            "/etc/sysconfig/{network-scripts,network}/ifcfg-*",
        ]
        if isEnabled("systemd-networkd") {
            // Amazon Linux has its own file below /usr/lib; the others there are systemd's, for containers.
            patterns += ["/etc/systemd/network/*.network", "/usr/lib/systemd/network/*ec2*.network"]
        }
        if isEnabled("NetworkManager") { patterns += ["/etc/NetworkManager/system-connections/*"] }
        if isEnabled("networking") { patterns += ["/etc/network/interfaces", "/etc/network/interfaces.d/*"] }
        var settings: [NetworkSetting] = []
        for pattern in patterns {
            for file in try glob(pattern) { settings += NetworkSetting.all(inFile: file, try beginning(of: file)) }
        }
        return NetworkFacts(hasNetworkManager: isEnabled("NetworkManager"), settings: settings)
    }
}
