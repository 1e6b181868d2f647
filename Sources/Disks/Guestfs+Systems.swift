import CGuestfs
import Failures
import Glibc

extension Guestfs {
    /// Finds the operating system and mounts its file systems as it does itself.
    ///
    /// - Returns: what it is, "debian 12 x86_64".
    func mountSystem() throws(DiskFailure) -> InspectedSystem {
        let roots = Self.strings(try call("inspect the disk") { guestfs_inspect_os($0) })
        guard let root = roots.first else {
            throw DiskFailure(
                .unsupportedSystem, "there is no operating system on the disk that libguestfs knows",
                hint: "look with `virt-inspector`; Kiln builds on Linux images")
        }
        guard roots.count == 1 else {
            throw DiskFailure(.unsupportedSystem, "the disk has \(roots.count) operating systems; Kiln builds on one")
        }
        let system = InspectedSystem(
            kind: try text("inspect the disk") { guestfs_inspect_get_type($0, root) },
            distribution: try text("inspect the disk") { guestfs_inspect_get_distro($0, root) },
            majorVersion: try call("inspect the disk") { Int(guestfs_inspect_get_major_version($0, root)) },
            architecture: try text("inspect the disk") { guestfs_inspect_get_arch($0, root) },
            packageFormat: try text("inspect the disk") { guestfs_inspect_get_package_format($0, root) })
        guard system.kind == "linux", system.architecture == "x86_64" else {
            throw DiskFailure(
                .unsupportedSystem,
                "the disk holds \(system.kind) for \(system.architecture); this Kiln builds on Linux for x86_64")
        }
        let flat = Self.strings(try call("inspect the disk") { guestfs_inspect_get_mountpoints($0, root) })
        var pairs: [(point: String, device: String)] = []
        for index in stride(from: 0, to: flat.count - 1, by: 2) { pairs.append((flat[index], flat[index + 1])) }
        // A mount point before those inside it.
        for pair in pairs.sorted(by: { $0.point.utf8.count < $1.point.utf8.count }) {
            do throws(DiskFailure) {
                try run("mount \(pair.device)") { guestfs_mount($0, pair.device, pair.point) }
            } catch  where pair.point != "/" {
                continue  // fstab may name what is not there; the root must be.
            }
        }
        return system
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
}

/// What libguestfs' inspection says of a disk (guestfs(3), INSPECTION).
public struct InspectedSystem: Sendable, Codable, Equatable {
    public var kind: String
    public var distribution: String
    public var majorVersion: Int
    public var architecture: String
    public var packageFormat: String
}
