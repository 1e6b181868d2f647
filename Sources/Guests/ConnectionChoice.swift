import CLibvirt
import Failures
import Glibc

/// Which libvirt to use, where nobody says so.
///
/// An ordinary user's session daemon starts by itself, serves many programs at once, and shows the guests to virsh and
/// virt-manager. Root's guests run in the driver inside this process: the system daemon runs QEMU as another user, who
/// may open neither the disks of a build nor its sockets, and confines it on top of that.
enum ConnectionChoice: Equatable {
    case embedded
    case uri(String)

    static let session = "qemu:///session"

    static func standard(user: uid_t = geteuid(), hasSession: () -> Bool) -> ConnectionChoice {
        user != 0 && hasSession() ? .uri(session) : .embedded
    }

    /// - Throws: `GuestFailure`: `noHypervisor` for a libvirt of another machine: disks and sockets are files of this one.
    static func checked(_ uri: String) throws(GuestFailure) -> ConnectionChoice {
        let parts = uri.split(separator: ":", maxSplits: 1).map(String.init)
        let transport = parts.first?.split(separator: "+").dropFirst().first
        let rest = parts.count > 1 ? Substring(parts[1]) : ""
        let hasHost = rest.hasPrefix("//") && !rest.dropFirst(2).hasPrefix("/") && rest.count > 2
        guard !hasHost, transport == nil || transport == "unix" else {
            throw GuestFailure(
                .noHypervisor, "\(uri) is a libvirt on another machine, and Kiln's disks and sockets are on this one",
                hint: "run kiln there, or give a URI such as \(session)")
        }
        return .uri(uri)
    }
}
