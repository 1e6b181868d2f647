import ArgumentParser
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What this host can do, and what it lacks.",
        discussion: "Example: kiln doctor --json")

    @Flag(help: "Findings as JSON on standard output.")
    var json = false

    @Flag(help: "Probe the acceleration anew.")
    var refresh = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let findings = await HostCheck(home: host.home, connect: host.connect, refresh: refresh).run()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.say(String(decoding: try encoder.encode(findings), as: UTF8.self))
        } else {
            for finding in findings {
                Terminal.say(
                    "\(finding.status == .ok ? "ok     " : finding.status == .slow ? "slow   " : "missing") \(finding.name): \(finding.detail)"
                )
                if let mend = finding.mend { Terminal.say("          \(mend)") }
            }
        }
        if findings.contains(where: { $0.status == .missing }) { throw ExitCode(ExitStatus.unavailable.rawValue) }
    }
}

/// Looks at everything that a build needs of the host.
struct HostCheck {
    struct Finding: Codable {
        enum Status: String, Codable { case ok, slow, missing }
        var name: String
        var status: Status
        var detail: String
        /// The package or command that mends it.
        var mend: String?
    }

    let home: KilnHome
    let connect: String?
    let refresh: Bool

    private static let programs = [
        ("qemu-system-x86_64", "qemu-system-x86"), ("qemu-img", "qemu-utils"), ("mmdebstrap", "mmdebstrap"),
        ("newuidmap", "uidmap"),
    ]
    /// A base image, its overlays and an export of it.
    private static let wantedSpace: UInt64 = 10 << 30

    func run() async -> [Finding] {
        var findings = Self.programs.map { program, package in
            let path = HostCommand.locate(program)
            return Finding(
                name: program, status: path == nil ? .missing : .ok, detail: path ?? "not installed",
                mend: path == nil ? "apt-get install \(package)" : nil)
        }
        findings.append(file("UEFI firmware", "/usr/share/OVMF/OVMF_CODE_4M.fd", package: "ovmf"))
        findings.append(kernel())
        findings.append(space())
        let acceleration = await acceleration(&findings)
        findings.append(await libvirt(acceleration))
        return findings
    }

    private func file(_ name: String, _ path: String, package: String) -> Finding {
        let there = Folders.exists(FilePath(path))
        return Finding(
            name: name, status: there ? .ok : .missing, detail: there ? path : "no \(path)",
            mend: there ? nil : "apt-get install \(package)")
    }

    private func kernel() -> Finding {
        let names = ((try? Folders.names(in: "/boot")) ?? []).filter { $0.hasPrefix("vmlinuz-") }
        return Finding(
            name: "kernel for libguestfs", status: names.isEmpty ? .missing : .ok,
            detail: names.last.map { "/boot/\($0)" } ?? "none in /boot",
            mend: names.isEmpty ? "apt-get install linux-image-cloud-amd64" : nil)
    }

    private func space() -> Finding {
        var folder = home.data
        while !Folders.exists(folder), folder.removeLastComponent() {}
        let free = (try? Folders.freeSpace(at: folder)) ?? 0
        let enough = free >= Self.wantedSpace
        return Finding(
            name: "disk space", status: enough ? .ok : .missing, detail: "\(free >> 30) GiB free at \(folder)",
            mend: enough ? nil : "free \(Self.wantedSpace >> 30) GiB, or point KILN_HOME at a larger disk")
    }

    private func acceleration(_ findings: inout [Finding]) async -> Acceleration {
        do {
            let found = try await Acceleration.detect(home: home, refresh: refresh)
            findings.append(
                Finding(
                    name: "acceleration", status: found.kind == .kvm ? .ok : .slow,
                    detail: "\(found.kind.rawValue): \(found.reason)"))
            return found
        } catch {
            findings.append(Finding(name: "acceleration", status: .missing, detail: error.message, mend: error.hint))
            return Acceleration(kind: .tcg, reason: error.message)
        }
    }

    private func libvirt(_ acceleration: Acceleration) async -> Finding {
        do {
            let hypervisor = try await Hypervisor.open(home: home, uri: connect, acceleration: acceleration)
            return Finding(name: "libvirt", status: .ok, detail: "\(Hypervisor.libraryVersion) at \(hypervisor.uri)")
        } catch {
            return Finding(
                name: "libvirt", status: .missing, detail: error.message, mend: "apt-get install libvirt-daemon-system")
        }
    }
}
