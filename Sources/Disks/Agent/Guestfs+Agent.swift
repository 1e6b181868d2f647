import CGuestfs
import Failures
import Glibc

extension Guestfs {
    /// Looks for an agent that the mounted system starts by itself. Fedora and Debian name its unit qemu-guest-agent,
    /// SUSE qemu-ga@.
    func agentState(selinux: String?) throws(DiskFailure) -> AgentState {
        let programs = try glob("/{usr/sbin,usr/bin,usr/local/sbin,usr/local/bin,sbin,bin}/qemu-ga")
        let units = try glob("/{etc,usr/lib,lib}/systemd/system/qemu-{guest-agent,ga@,ga}.service")
        guard !programs.isEmpty, !units.isEmpty else { return .missing }
        for unit in units where unit.hasPrefix("/etc/") {
            let target = try? text("read the link \(unit)") { guestfs_readlink($0, unit) }
            if target == "/dev/null" { return .restricted }
        }
        if selinux == "enforcing" { return .restricted }
        for file in ["/etc/sysconfig/qemu-ga", "/etc/qemu/qemu-ga.conf", "/etc/qemu-ga.conf"]
        where AgentState.isRestricting(try beginning(of: file)) { return .restricted }
        return .usable
    }

    /// `SELINUX=` of /etc/selinux/config, nil where it is off.
    func selinuxMode() throws(DiskFailure) -> String? {
        let text = try beginning(of: "/etc/selinux/config")
        let line = text.split(whereSeparator: \.isNewline).map { String($0).trimmed }.last { $0.hasPrefix("SELINUX=") }
        let mode = line.map { String($0.dropFirst(8)).trimmed.lowercased() }
        return mode == "disabled" ? nil : mode
    }
}
