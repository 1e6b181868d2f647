import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

/// Kiln as an ordinary user, on libvirt's session daemon. The user is made for the test, which takes root.
@Suite(.serialized, .enabled(if: CommandHome.isThere && geteuid() == 0)) struct OrdinaryUserTests {
    private static let name = "kilntest"

    private func withUser(_ body: (CommandHome, CommandHome.User) async throws -> Void) async throws {
        _ = try? await HostCommand("useradd", ["--create-home", Self.name], package: "passwd").run()
        let entry = try #require(getpwnam(Self.name)?.pointee)
        let user = CommandHome.User(
            name: Self.name, id: entry.pw_uid, group: entry.pw_gid, home: String(cString: entry.pw_dir))
        try await withCommandHome { home in
            do {
                try await home.give(to: user)
                try await body(home, user)
            } catch {
                await end(user)
                throw error
            }
        }
        await end(user)
    }

    /// The session daemon stays for two minutes; all that runs as this user is the test's.
    private func end(_ user: CommandHome.User) async {
        for process in ((try? Folders.names(in: "/proc")) ?? []).compactMap(pid_t.init) {
            var information = stat()
            if stat("/proc/\(process)", &information) == 0, information.st_uid == user.id { kill(process, SIGKILL) }
        }
        try? await Task.sleep(for: .seconds(1))
        _ = try? await HostCommand("userdel", ["--remove", "--force", user.name]).output()
    }

    @Test(
        "The session is an ordinary user's default, only orphans are swept in it, and it builds an image end to end",
        .timeLimit(.minutes(20)))
    func session() async throws {
        try await withUser { home, user in
            let doctor = try home.kiln(["doctor", "--json"], user: user)
            #expect(try await doctor.end().output.contains("at qemu:///session"))
            try await sweeps(home, user)
            let template = TestTemplate(components: [
                (
                    "Only",
                    [
                        .init(name: "Mark", script: "echo one > /etc/kiln-only"),
                        .init(phase: "test", name: "Is", script: "grep -q one /etc/kiln-only"),
                    ]
                )
            ])
            try home.write("t.yaml", template.text)
            try home.write("kiln.yaml", TestTemplate.settings)
            let kiln = try home.kiln(["build", "t.yaml"], user: user)
            let ended = try await kiln.end(within: .seconds(900))
            #expect(ended.status == 0, "\(ended.output.suffix(4000))")
            #expect(try Folders.names(in: home.output).contains("recipe-1.0.0.raw"))
            #expect(home.processes("qemu-system").isEmpty)
        }
    }

    /// Three machines without a disk: one whose owner is gone, one whose owner is this process, one that is not Kiln's.
    private func sweeps(_ home: CommandHome, _ user: CommandHome.User) async throws {
        func start(_ name: String, owner: String?) async throws {
            let metadata = owner.map {
                "<metadata><kiln:guest xmlns:kiln='https://kiln.invalid/domain/1' build='b' owner='\($0)'/></metadata>"
            }
            try home.write(
                "\(name).xml",
                """
                <domain type='qemu'><name>\(name)</name>\(metadata ?? "")<memory unit='MiB'>32</memory>
                <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>
                """)
            _ = try await virsh(["create", home.work.appending("\(name).xml").string], home, user)
        }
        try await start("kiln-gone-build", owner: "00000000-1-1-1")
        try await start("kiln-mine-build", owner: "\(ProcessIdentity.current)")
        try await start("kiln-somebody", owner: nil)
        _ = try await home.kiln(["doctor"], user: user).end()
        let left = try await virsh(["list", "--name"], home, user).split(separator: "\n").map(String.init)
        #expect(left.sorted() == ["kiln-mine-build", "kiln-somebody"])
        for name in left { _ = try await virsh(["destroy", name], home, user) }
    }

    private func virsh(_ arguments: [String], _ home: CommandHome, _ user: CommandHome.User) async throws -> String {
        let line = user.becoming + ["virsh", "-q", "-c", "qemu:///session"] + arguments
        return try await HostCommand(
            line[0], Array(line.dropFirst()), environment: home.variables(for: user), workingDirectory: home.work,
            package: "libvirt-clients"
        ).run()
    }
}
