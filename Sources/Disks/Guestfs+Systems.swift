import CGuestfs
import Failures
import Glibc

extension Guestfs {
    /// Finds the operating system and mounts its file systems as it does itself.
    ///
    /// - Throws: `DiskFailure`: `unsupportedSystem`, with what there is instead of one Linux for x86_64.
    func mountSystem() throws(DiskFailure) -> InspectedSystem {
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
        return system
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
