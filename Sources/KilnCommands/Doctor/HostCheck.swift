import Disks
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// Looks at everything that a build needs of the host: what can be tried is tried.
struct HostCheck {
    let host: HostOptions
    let refresh: Bool

    private static let programs = [
        ("qemu-system-x86_64", "qemu-system-x86", "the guests"), ("qemu-img", "qemu-utils", "disk images"),
        ("mmdebstrap", "mmdebstrap", "base images"), ("newuidmap", "uidmap", "base images as an ordinary user"),
        ("zstd", "zstd", "the RAM of booted guests that are kept"),
        ("qemu-ga", "qemu-guest-agent", "imported disks that have no guest agent"),
    ]
    /// A base image, its overlays and an export of it.
    private static let wantedSpace: UInt64 = 10 << 30

    func run() async -> [Finding] {
        var findings = Self.programs.map { name, package, purpose in
            let path = HostCommand.locate(name)
            return Finding(
                name: name, status: path == nil ? .missing : .ok,
                detail: path ?? "not installed; needed for \(purpose)",
                mend: path == nil ? "apt-get install \(package)" : nil)
        }
        findings.append(firmware())
        findings.append(space(for: "disk space", at: host.home.data, "KILN_HOME"))
        findings.append(space(for: "space for temporary files", at: "/var/tmp", "TMPDIR"))
        let (acceleration, finding) = await acceleration()
        findings.append(finding)
        findings.append(await libvirt(acceleration))
        findings.append(await libguestfs(acceleration))
        return findings
    }

    private func firmware() -> Finding {
        let path = "/usr/share/OVMF/OVMF_CODE_4M.fd"
        let there = Folders.exists(FilePath(path))
        return Finding(
            name: "UEFI firmware", status: there ? .ok : .missing, detail: there ? path : "no \(path)",
            mend: there ? nil : "apt-get install ovmf")
    }

    private func space(for name: String, at path: FilePath, _ variable: String) -> Finding {
        var folder = path
        while !Folders.exists(folder), folder.removeLastComponent() {}
        let free = (try? Folders.freeSpace(at: folder)) ?? 0
        let enough = free >= Self.wantedSpace
        return Finding(
            name: name, status: enough ? .ok : .missing, detail: "\(free >> 30) GiB free at \(folder)",
            mend: enough ? nil : "free \(Self.wantedSpace >> 30) GiB, or point \(variable) at a larger disk")
    }

    private func acceleration() async -> (Acceleration, Finding) {
        do {
            let found = try await Acceleration.detect(home: host.home, refresh: refresh)
            let finding = Finding(
                name: "acceleration", status: found.kind == .kvm ? .ok : .slow,
                detail: "\(found.kind.rawValue): \(found.reason)",
                mend: found.kind == .kvm ? nil : "builds work without KVM, at about a tenth of the speed")
            return (found, finding)
        } catch {
            let finding = Finding(
                name: "acceleration", status: .missing, detail: error.message, mend: error.hint)
            return (Acceleration(kind: .tcg, reason: error.message), finding)
        }
    }

    private func libvirt(_ acceleration: Acceleration) async -> Finding {
        do {
            let hypervisor = try await Hypervisor.open(
                home: host.home, uri: host.connect, acceleration: acceleration)
            return Finding(name: "libvirt", status: .ok, detail: "\(Hypervisor.libraryVersion) at \(hypervisor.uri)")
        } catch {
            return Finding(
                name: "libvirt", status: .missing, detail: error.message, mend: "apt-get install libvirt-daemon-system")
        }
    }

    private func libguestfs(_ acceleration: Acceleration) async -> Finding {
        let version = ApplianceCheck.libraryVersion
        let start = ContinuousClock.now
        do {
            try await ApplianceCheck.run(settings: host.appliance(acceleration))
            let time = (ContinuousClock.now - start).inSeconds
            return Finding(
                name: "libguestfs", status: .ok,
                detail: "\(version), its appliance started in \(time) with \(acceleration.kind.rawValue)")
        } catch {
            return Finding(
                name: "libguestfs", status: .missing, detail: "\(version): \(error.message)", mend: error.hint)
        }
    }
}
