import CGuestfs
import Crypto
import Failures
import Glibc
import HostSystem

extension Guestfs {
    /// Finds the operating system and mounts its file systems as it does itself.
    ///
    /// - Parameter known: what an inspection of another disk has found, for one that may be like it: inspecting takes most of the
    ///   time of a short session.
    /// - Throws: `DiskFailure`: `unsupportedSystem`, with what there is instead of one Linux for x86_64.
    func mountSystem(knownAs known: InspectedSystem? = nil) throws(DiskFailure) -> InspectedSystem {
        if let known, try mount(known: known) { return known }
        let roots = Self.strings(try call("inspect the disk") { guestfs_inspect_os($0) })
        guard let root = roots.first else { throw try noSystem() }
        guard roots.count == 1 else {
            throw DiskFailure(
                .unsupportedSystem,
                "the disk has \(roots.count) operating systems, on \(roots.joined(separator: ", ")); Kiln builds on one",
                hint: "remove the others from a copy of it")
        }
        var system = InspectedSystem(
            kind: try text("inspect the disk") { guestfs_inspect_get_type($0, root) },
            distribution: try text("inspect the disk") { guestfs_inspect_get_distro($0, root) },
            majorVersion: try call("inspect the disk") { Int(guestfs_inspect_get_major_version($0, root)) },
            minorVersion: try call("inspect the disk") { Int(guestfs_inspect_get_minor_version($0, root)) },
            productName: try text("inspect the disk") { guestfs_inspect_get_product_name($0, root) },
            architecture: try text("inspect the disk") { guestfs_inspect_get_arch($0, root) },
            packageFormat: try text("inspect the disk") { guestfs_inspect_get_package_format($0, root) })
        guard system.kind == "linux", system.architecture == "x86_64" else {
            let kind = system.kind == "linux" ? "Linux" : system.kind == "windows" ? "Windows" : system.kind
            throw DiskFailure(
                .unsupportedSystem, "the disk holds \(kind) for \(system.architecture) (\(system.title))",
                hint: "this Kiln builds on Linux for x86_64")
        }
        let flat = Self.strings(try call("inspect the disk") { guestfs_inspect_get_mountpoints($0, root) })
        for index in stride(from: 0, to: flat.count - 1, by: 2) {
            system.mounts.append(InspectedSystem.Mount(device: flat[index + 1], point: flat[index]))
        }
        try mount(system)
        system.mounts = system.mounts.map(\.onFirstDisk)
        system.evidence = try evidence(of: try systemDisk())
        return system
    }

    /// Mounts a disk as a known system says.
    ///
    /// - Returns: false, with nothing mounted, where the disk does not say the same of itself.
    private func mount(known: InspectedSystem) throws(DiskFailure) -> Bool {
        guard known.evidence != nil else { return false }
        let disk = try systemDisk()
        var here = known
        here.mounts = known.mounts.map { $0.on(disk) }
        let isSame: Bool
        do throws(DiskFailure) {
            try mount(here)
            isSame = try evidence(of: disk) == known.evidence
        } catch {
            isSame = false
        }
        if !isSame { try run("unmount") { guestfs_umount_all($0) } }
        return isSame
    }

    /// The device of the disk that the session is for: an appliance that was started early has a placeholder before it.
    private func systemDisk() throws(DiskFailure) -> String {
        Self.strings(try call("list disks") { guestfs_list_devices($0) }).last ?? "/dev/sda"
    }

    /// What an inspection goes by, of a system that is mounted: partitions, and the files that tell of the system.
    private func evidence(of disk: String) throws(DiskFailure) -> String {
        let partitions = Self.strings(try call("list the partitions") { guestfs_list_partitions($0) })
        var hash = SHA256()
        for partition in partitions where partition.hasPrefix(disk) {
            let mount = InspectedSystem.Mount(device: partition, point: "").onFirstDisk
            hash.update(data: Array(mount.device.utf8) + [0])
        }
        for path in ["/etc/fstab", "/etc/os-release", "/etc/lsb-release", "/etc/debian_version", "/etc/redhat-release"]
        {
            hash.update(data: Array(try beginning(of: path).utf8) + [0])
        }
        return hash.finalize().hexadecimal
    }

    /// Mounts what an earlier inspection of the same disk has found: an inspection takes seconds.
    func mount(_ system: InspectedSystem) throws(DiskFailure) {
        // A mount point before those inside it.
        for mount in system.mounts.sorted(by: { $0.point.utf8.count < $1.point.utf8.count }) {
            do throws(DiskFailure) {
                try run("mount \(mount.device)") { guestfs_mount($0, mount.device, mount.point) }
            } catch  where mount.point != "/" {
                continue  // fstab may name what is not there; the root must be.
            }
        }
    }

    /// Why there is no system: the likeliest reasons can be seen from what is there.
    private func noSystem() throws(DiskFailure) -> DiskFailure {
        let pairs = Self.strings(try call("list the file systems") { guestfs_list_filesystems($0) })
        let types = stride(from: 1, to: pairs.count, by: 2).map { pairs[$0] }
        if types.contains("crypto_LUKS") {
            return DiskFailure(
                .unsupportedSystem, "the disk's system is encrypted with LUKS",
                hint: "import a disk that is not encrypted")
        }
        let found = types.isEmpty ? "no file system" : "only \(types.joined(separator: ", ")) without a system"
        return DiskFailure(
            .unsupportedSystem, "there is no operating system on the disk that libguestfs knows: \(found)",
            hint: "Kiln builds on disks with Linux installed; look with `virt-inspector`")
    }

    func text(
        _ what: String, _ body: (OpaquePointer) -> UnsafeMutablePointer<CChar>?
    ) throws(DiskFailure) -> String {
        let answer = try call(what, body)
        defer { free(answer) }
        return String(cString: answer)
    }

    func exists(_ path: String) throws(DiskFailure) -> Bool {
        try call("look at \(path)") { handle in
            let answer = guestfs_exists(handle, path)
            return answer < 0 ? nil : answer == 1
        }
    }

    /// The beginning of a file, nothing where it is not there.
    func beginning(of path: String, limit: Int32 = 64 << 10) throws(DiskFailure) -> String {
        guard try exists(path) else { return "" }
        var size = 0
        let answer = try call("read \(path)") { guestfs_pread($0, path, limit, 0, &size) }
        defer { free(answer) }
        return String(decoding: UnsafeRawBufferPointer(start: answer, count: size), as: UTF8.self)
    }
}
