import Documents
import Failures
import Guests
import SystemPackage
import Testing

@testable import Components

@Suite struct FakeGuestActionTests {
    private func bench(_ guest: FakeGuest) -> ActionBench {
        ActionBench(guest: guest, scratch: "/var/tmp/kiln-test-none")
    }

    private static let fedora = ["/etc/os-release": "ID=fedora", "/usr/bin/dnf": "", "/usr/bin/apt-get": ""]

    @Test("UpdateOS on dnf installs what is listed and not excluded, and the list's exit code 100 is no failure")
    func dnf() async throws {
        let guest = FakeGuest(files: Self.fedora) { arguments in
            arguments.contains("check-update")
                ? (.exited(100), "bash.x86_64 5.2-2 updates\nkernel.x86_64 6.9-1 updates\n") : (.exited(0), "")
        }
        try await bench(guest).run(.updateOS, ["exclude": ["kernel*"]])
        #expect(
            guest.ran == [
                ["dnf", "-y", "makecache"], ["dnf", "-q", "check-update"], ["dnf", "-y", "upgrade", "bash"],
            ])
    }

    @Test("UpdateOS on zypper takes its informational exit codes as done, and runs nothing where nothing is chosen")
    func zypper() async throws {
        let guest = FakeGuest(files: ["/etc/os-release": "ID=\"sles\"", "/usr/bin/zypper": ""]) { arguments in
            arguments.contains("list-updates")
                ? (.exited(0), "<update kind=\"package\" name=\"bash\" edition=\"5\"/>") : (.exited(102), "")
        }
        try await bench(guest).run(.updateOS, [:])
        #expect(guest.ran.count == 2 && guest.ran[1].contains("update"))
        try await bench(guest).run(.updateOS, ["include": ["vim"]])
        #expect(guest.ran.count == 4)
    }

    @Test("UpdateOS on a guest without a package manager fails and says which it looked for")
    func noManager() async {
        await bench(FakeGuest(files: [:])).fails(.updateOS, [:], .unsupported, saying: "zypper")
    }

    @Test("A guest that is gone ends the run, not the attempt, and no secret is in the message")
    func lost() async {
        var bench = bench(
            FakeGuest(files: [:]) { _ throws(GuestFailure) in
                throw GuestFailure(.poweredOff, "it said hunter2 and left")
            })
        bench.secrets = ["hunter2"]
        await bench.fails(.executeBash, ["commands": ["x"]], .guestLost, saying: "it said *** and left")
    }

    @Test("Modules of the language itself are no actions; all others are")
    func everyModule() {
        let without = ActionModule.allCases.filter { $0.action == nil }
        #expect(Set(without) == [.assert, .executeDocument])
    }
}
