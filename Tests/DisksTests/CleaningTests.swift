import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Disks

@Suite struct CleaningRuleTests {
    @Test("A working directory with odd characters means itself alone")
    func escaping() {
        let rules = CleaningRule.all(workingDirectory: "/my {a,b} [x]*/")
        #expect(rules.contains { $0.pattern == #"/my \{a\,b\} \[x\]\*/TOE_*"# && $0.section == .toe })
    }

    @Test("Every section of Image Builder's and Kiln's own has rules, and every rule is an absolute path")
    func sections() {
        let rules = CleaningRule.all(workingDirectory: "/tmp")
        #expect(Set(rules.compactMap(\.section)) == Set(CleaningRule.Section.allCases))
        #expect(rules.allSatisfy { $0.pattern.hasPrefix("/") })
    }
}

/// Cleans real file systems through libguestfs, and looks at what is left with debugfs.
@Suite(.serialized, .enabled(if: Appliance.isThere)) struct CleaningTests {
    /// One file for each section, the path it lies at.
    private static let sections: [(section: CleaningRule.Section, path: String)] = [
        (.cloudInit, "/var/lib/cloud/.hidden/data"), (.instance, "/var/.updated"),
        (.ssh, "/home/a b/.ssh/authorized_keys"), (.instanceLogs, "/var/log/cron"), (.toe, "/tmp/TOE_1/console.log"),
        (.ssmLogs, "/var/log/amazon/ssm/agent.log"), (.sysprep, "/root/.bash_history"),
    ]
    /// What is cleaned whatever is skipped, hidden and oddly named files among it.
    private static let always = [
        "/var/tmp/.hidden", "/var/tmp/..odd", "/var/tmp/with space", "/var/tmp/with\nnewline", "/var/tmp/[x]*",
        "/var/tmp/folder/deep/file", "/var/log/journal/id/system.journal", "/var/lib/systemd/random-seed",
        "/tmp/perform_cleanup", AgentFiles.unit, AgentFiles.program, AgentFiles.overrides[0],
    ]
    private static let more = [
        "/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_rsa_key.pub", "/etc/shadow-", "/etc/deep/er/.conf~", "/tmp/.X",
        "/var/cache/apt/archives/a.deb", "/var/lib/apt/lists/deb.debian.org_Packages", "/var/log/syslog.1",
        "/var/log/dpkg.log.2.gz", "/var/log/messages-20260101", "/root/.ssh/id_ed25519", "/var/crash/1/core",
        "/etc/krb5.keytab", "/var/lib/dhcp/dhclient.eth0.leases", "/var/mail/root", "/var/lib/yum/uuid",
        "/etc/pki/consumer/key.pem", "/var/lib/sss/db/cache.ldb", "/var/log/installer/syslog",
    ]
    private static let emptied = ["/etc/machine-id", "/var/log/dpkg.log", "/var/log/wtmp", "/var/log/nginx/access.log"]
    private static let kept = [
        "/etc/keep", "/root/.ssh/config", "/var/spool/cron/crontabs/root", "/home/a b/notes", "/var/log/nginx/keep",
    ]

    private func disk(_ scratch: Scratch, _ flags: [String] = []) async throws -> FilePath {
        try scratch.fakeLinux("root")
        let paths = Self.sections.map(\.path) + Self.always + Self.more + Self.emptied + Self.kept
        for path in paths + flags.map({ "/tmp/\($0)" }) {
            try scratch.put(String(path.dropFirst()), in: "root", "secret\n")
        }
        try scratch.put(
            "var/lib/dpkg/status", in: "root",
            "Package: b\nStatus: install ok installed\nVersion: 2\n\nPackage: a\nStatus: install ok installed\nVersion: 1\n"
        )
        for index in 0..<120 { try scratch.put("var/tmp/many/\(index)", in: "root", "x") }
        try Folders.create(scratch.path("root/usr/lib/systemd/system/multi-user.target.wants"))
        symlink(
            "../kiln-guest-agent.service",
            scratch.path("root").pushing(FilePath("\(AgentFiles.link.dropFirst())")).string)
        symlink("/nowhere", scratch.path("root/var/tmp/dangling").string)
        return try await scratch.fileSystem(mebibytes: 64, from: "root")
    }

    private func finish(
        _ raw: FilePath, _ scratch: Scratch, knownAs known: InspectedSystem? = nil
    ) async throws -> (FinishReport, FilePath) {
        let qcow2 = try await scratch.convert(raw, to: "disk.qcow2", "-O", "qcow2")
        let report = try await ImageFinisher.finish(
            disk: qcow2, workingDirectory: "/tmp", skip: [], settings: Appliance.settings, knownAs: known)
        try await scratch.run("qemu-img", ["convert", "-O", "raw", qcow2.string, scratch.path("after.raw").string])
        return (report, scratch.path("after.raw"))
    }

    /// The size of a file of a file system, nil where it is not there.
    private func size(_ path: String, in raw: FilePath, _ scratch: Scratch) async throws -> Int? {
        let quoted = "\"\(path)\""
        let text = try await scratch.run("debugfs", ["-R", "stat \(quoted)", raw.string])
        return text.firstMatch(of: #/Size: (\d+)/#).flatMap { Int($0.1) }
    }

    @Test("Everything listed goes, however it is named, and nothing else", .timeLimit(.minutes(10)))
    func all() async throws {
        try await Scratch.with { scratch in
            let raw = try await disk(scratch)
            let start = ContinuousClock.now
            let (report, after) = try await finish(raw, scratch)
            print("cleaned \(report.cleaned) paths in a session of \(ContinuousClock.now - start)")
            #expect(report.skipped == [])
            #expect(report.packages == [InstalledPackage("a", "1"), InstalledPackage("b", "2")])
            for path in Self.sections.map(\.path) + Self.always + Self.more where !path.contains("\n") {
                #expect(try await size(path, in: after, scratch) == nil, "\(path)")
            }
            let left = try await scratch.run("debugfs", ["-R", "ls -p /var/tmp", after.string])
            #expect(left.split(separator: "\n").count == 2, "\(left)")
            // Known, it need not be inspected: what is known of it comes back as it was given.
            var known = report.system
            known.productName = "Known 1"
            let again = try await finish(after, scratch, knownAs: known).0
            #expect(again.system == known && again.cleaned < report.cleaned)
            for path in Self.emptied { #expect(try await size(path, in: after, scratch) == 0, "\(path)") }
            for path in Self.kept { #expect(try await size(path, in: after, scratch) == 7, "\(path)") }
            // Folders that were there for the agent's files alone go with them.
            for folder in [AgentFiles.folder] + AgentFiles.folders {
                #expect(try await size(folder, in: after, scratch) == nil, "\(folder)")
            }
        }
    }

    @Test("Each skip flag keeps its section, even where another rule names the files too", .timeLimit(.minutes(10)))
    func skipping() async throws {
        try await Scratch.with { scratch in
            let raw = try await disk(scratch, CleaningRule.Section.allCases.map(\.rawValue))
            // Nothing that is known of another one is believed of this.
            let other = InspectedSystem(
                kind: "linux", distribution: "other", majorVersion: 1, minorVersion: 0, productName: "Other 1",
                architecture: "x86_64", packageFormat: "rpm", mounts: [.init(device: "/dev/sda", point: "/")],
                evidence: "of another one")
            let (report, after) = try await finish(raw, scratch, knownAs: other)
            #expect(report.system.distribution != "other" && report.system.evidence?.count == 64)
            #expect(report.skipped == CleaningRule.Section.allCases.map(\.rawValue).sorted())
            for (_, path) in Self.sections { #expect(try await size(path, in: after, scratch) == 7, "\(path)") }
            for path in Self.always where !path.contains("\n") {
                #expect(try await size(path, in: after, scratch) == nil, "\(path)")
            }
            // The flags themselves never stay.
            for section in CleaningRule.Section.allCases {
                #expect(try await size("/tmp/\(section.rawValue)", in: after, scratch) == nil)
            }
        }
    }

    @Test("One section that is skipped keeps its files from the list that names all of /tmp", .timeLimit(.minutes(10)))
    func overlap() async throws {
        try await Scratch.with { scratch in
            let raw = try await disk(scratch, ["skip_cleanup_toe_files"])
            let (_, after) = try await finish(raw, scratch)
            #expect(try await size("/tmp/TOE_1/console.log", in: after, scratch) == 7)
            #expect(try await size("/tmp/.X", in: after, scratch) == nil)
        }
    }

    @Test("A file that cannot be removed is told, and the image is not frozen", .timeLimit(.minutes(10)))
    func survivor() async throws {
        try await Scratch.with { scratch in
            let raw = try await disk(scratch)
            // chattr +i, the way it is on the disk.
            try await scratch.run(
                "debugfs", ["-w", "-R", "set_inode_field /root/.bash_history flags 0x80010", raw.string])
            let error = await #expect(throws: DiskFailure.self) { try await finish(raw, scratch) }
            #expect(error?.code == .notClean)
            #expect(error?.message.contains("/root/.bash_history") == true)
            #expect(error?.exitStatus == .failed)
        }
    }
}
