import ArgumentParser
import Failures
import Foundation
import HostSystem

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What this host can do, and what it lacks.",
        discussion: """
            KVM is tried with a real kernel and libguestfs by starting its appliance, so the first run takes some seconds.

            Examples:
              kiln doctor
              kiln doctor --refresh      after a change of kernel, BIOS settings or groups
              kiln doctor --json | jq '.[] | select(.status == "missing") | .mend'
            """)

    @Flag(help: "Findings as JSON on standard output.")
    var json = false

    @Flag(help: "Probe the acceleration anew.")
    var refresh = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let findings = await HostCheck(host: host, refresh: refresh).run()
        if json {
            Terminal.say(String(decoding: try JSONRecord.encoder.encode(findings), as: UTF8.self))
        } else {
            for finding in findings { finding.lines.forEach(Terminal.say) }
        }
        if findings.contains(where: { $0.status == .missing }) { throw ExitCode(ExitStatus.unavailable.rawValue) }
    }
}
