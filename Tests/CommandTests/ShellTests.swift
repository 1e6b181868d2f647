import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Guests

/// `--keep-on-failure` and `kiln shell`, on real guests.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct ShellTests {
    private static let template = TestTemplate(components: [
        ("First", [.init(name: "Mark", script: "echo one > /root/first")]),
        ("Second", [.init(name: "Fails", script: "echo two > /root/second\nexit 3")]),
    ])

    @Test(
        "A guest that a step has failed in stays, is worked in from a terminal, outlives later builds, and leaves nothing",
        .timeLimit(.minutes(20)))
    func kept() async throws {
        try await withCommandHome { home in
            try home.write("t.yaml", Self.template.text)
            try home.write("kiln.yaml", TestTemplate.settings)
            let first = try await keep(home)
            try await commands(home)
            try await TerminalDriver.run(Self.session, in: home)
            try await TerminalDriver.run(Self.ends, in: home)
            try await killedShell(home)
            let second = try await resumed(home, besides: first)
            try await expire(first, home, besides: second)
            try await end(second, home)
        }
    }

    /// The build fails as ever; its guest stays, and no start of another kiln takes it away.
    private func keep(_ home: CommandHome) async throws -> KeptGuest {
        let kiln = try home.kiln(["build", "t.yaml", "--keep-on-failure", "--keep-for", "30m"])
        let ended = try await kiln.end()
        #expect(ended.status == 1)
        let build = try #require(home.build)
        #expect(build.state == .failed)
        #expect(ended.output.contains("kiln shell \(build.id)\n"), "\(ended.output)")
        #expect(ended.output.contains("kiln shell \(build.id) --end"))
        #expect(ended.output.contains("kiln: step Second › build › Fails failed: exit code 3"))
        #expect(try await home.kiln(["doctor"]).end().status == 0)
        let guest = try #require(KeptGuest.living(home: home.home).first)
        #expect(guest.build == build.id && guest.until > Date(timeIntervalSinceNow: 20 * 60))
        #expect(home.processes("qemu-system").count == 1)
        return guest
    }

    private func shell(_ home: CommandHome, _ arguments: String...) async throws -> KilnProcess.Ended {
        try await home.kiln(["shell"] + arguments, log: "shell-\(UUID().uuidString.prefix(4))").end()
    }

    private func commands(_ home: CommandHome) async throws {
        let marks = try await shell(home, "--", "cat", "/root/first", "/root/second")
        #expect(marks.status == 0)
        #expect(marks.output == "one\ntwo\n")
        #expect(try await shell(home, "b-", "--", "bash", "-c", "exit 4").status == 4)
        #expect(try await shell(home, "b-", "--", "bash", "-c", "kill -TERM $$").status == 128 + SIGTERM)
        #expect(try await shell(home, "b-", "--", "/no/such/program").status == 1)
        #expect(try await shell(home, "no-such-build").status == 69)
        let list = try await shell(home, "--list", "--json")
        let entries = try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]]
        #expect(entries?.count == 1)
        #expect(entries?.first?["build"] as? String == home.build?.id)
        #expect((1...1800).contains(entries?.first?["seconds"] as? Int ?? 0))
    }

    /// Keys, sizes, job control and the exit status; a second shell is refused meanwhile.
    private static let session = #"""
        shell = Shell()
        shell.wait('# ')
        assert shell.is_raw()
        shell.type('stty size; echo ü"ö"\r')
        shell.wait('30 100'); shell.wait('üö')
        shell.resize(41, 120)
        shell.type('stty size; cat /root/second\r')
        shell.wait('41 120'); shell.wait('two')
        other = Shell()
        other.wait('another kiln shell')
        other.end(69)
        shell.type('sleep 1000\r'); time.sleep(2); shell.type('\x03'); shell.type('echo on"ce"\r')
        shell.wait('once')
        shell.type('sleep 1000\r'); time.sleep(2); shell.type('\x1a')
        shell.wait('Stopped')
        shell.type('exit 6\rexit 6\r')
        shell.end(6)
        """#

    /// The terminal is as it was after an escape, a signal, a crash, and the console.
    private static let ends = #"""
        shell = Shell()
        shell.wait('# ')
        shell.type('\r~.')
        shell.end(129)
        for number, status in ((signal.SIGTERM, 130), (signal.SIGSEGV, -signal.SIGSEGV)):
            shell = Shell('--', 'bash', '-c', 'echo re""ady; exec sleep 1000')
            shell.wait('ready')
            assert shell.is_raw()
            os.kill(shell.pid, number)
            shell.end(status)
        console = Shell('--console')
        console.wait('leaves]')
        console.type('\r')
        console.wait('login:')
        console.type('\r~.')
        console.end(0)
        """#

    /// kill -9 while a program prints without end: the next shell is served, and the program is gone.
    private func killedShell(_ home: CommandHome) async throws {
        let kiln = try home.kiln(["shell", "--", "yes"], log: "yes")
        try await kiln.wait(forOutput: "y\n")
        kiln.signal(SIGKILL)
        #expect(try await kiln.end().status == 128 + SIGKILL)
        let left = try await shell(home, "--", "bash", "-c", "sleep 3; ! pgrep -x 'yes|sleep' -a")
        #expect(left.status == 0, "\(left.output)")
    }

    /// Another guest of the same build, on the same layer, with everything else its own.
    private func resumed(_ home: CommandHome, besides first: KeptGuest) async throws -> KeptGuest {
        let ended = try await home.kiln(["build", "t.yaml", "--resume", "--keep-on-failure"]).end()
        #expect(ended.status == 1)
        #expect(!ended.output.contains("First › build"), "\(ended.output)")
        let guests = KeptGuest.living(home: home.home)
        try #require(guests.count == 2, "\(ended.output)")
        let second = try #require(guests.first { $0.uuid != first.uuid })
        #expect(second.build == first.build && second.name != first.name)
        #expect(second.files.first != first.files.first && !first.files.contains(second.files.first ?? ""))
        // The first one also lies on the boot that was kept before the last component.
        let (one, other) = (Set(first.files.dropFirst()), Set(second.files.dropFirst()))
        #expect(other.isSubset(of: one) && one.count == other.count + 1)
        for guest in guests { #expect(try await chain(of: guest) == guest.files.sorted(), "\(guest.name)") }
        #expect(Set(guests.map(\.console)).count == 2)
        let unclear = try await shell(home, "--", "true")
        #expect(unclear.status == 69 && unclear.output.contains(second.name), "\(unclear.output)")
        // The shells' trace in the first one is not in the other.
        for guest in [first, second] {
            let old = try await shell(home, guest.name, "--", "test", "-e", "/root/.bash_history")
            #expect(old.status == (guest.uuid == first.uuid ? 0 : 1), "\(guest.name)")
        }
        return second
    }

    /// All files that a guest's disk is made of: they must stay while it lives.
    private func chain(of guest: KeptGuest) async throws -> [String] {
        var files: [String] = []
        var next = guest.files.first
        while let file = next {
            files.append(file)
            let text = try await HostCommand("qemu-img", ["info", "-U", "--output=json", file]).run()
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            next = object?["full-backing-filename"] as? String
        }
        return files.sorted()
    }

    private func expire(_ first: KeptGuest, _ home: CommandHome, besides second: KeptGuest) async throws {
        var expired = try #require(KeptGuest.living(home: home.home).first { $0.uuid == first.uuid })
        expired.until = Date(timeIntervalSinceNow: -1)
        try expired.save()
        #expect(try await home.kiln(["doctor"]).end().status == 0)
        #expect(KeptGuest.all(home: home.home).map(\.uuid) == [second.uuid])
        #expect(home.processes("qemu-system").count == 1)
        #expect(!Folders.exists(FilePath(first.folder)) && !Folders.exists(FilePath(first.files[0])))
        #expect(try await shell(home, "--", "cat", "/root/second").output == "two\n")
    }

    private func end(_ guest: KeptGuest, _ home: CommandHome) async throws {
        #expect(try await shell(home, guest.build, "--end").status == 0)
        #expect(KeptGuest.all(home: home.home).isEmpty)
        #expect(!Folders.exists(FilePath(guest.folder)))
        try home.expectNothingLeft()
        #expect(try await shell(home, guest.build).status == 69)
        #expect(try await home.kiln(["doctor"]).end().status == 0)
    }

    @Test("The guest of kiln run is kept too, with what its folder has, until it is ended", .timeLimit(.minutes(5)))
    func keptRun() async throws {
        try await withCommandHome { home in
            try home.write(
                "fails.yaml",
                """
                schemaVersion: 1.0
                phases:
                  - name: build
                    steps:
                      - name: Fails
                        action: ExecuteBash
                        inputs: {commands: ["echo three > /root/third; exit 3"]}

                """)
            let kiln = try home.kiln(["run", "--keep-on-failure", "fails.yaml"])
            let ended = try await kiln.end()
            #expect(ended.status == 1)
            let guest = try #require(KeptGuest.living(home: home.home).first, "\(ended.output)")
            #expect(ended.output.contains("kiln shell \(guest.build)\n"), "\(ended.output)")
            #expect(try await home.kiln(["doctor"]).end().status == 0)
            // A start that sweeps runs and builds.
            #expect(try await home.kiln(["build", "nowhere.yaml"]).end().status == 65)
            #expect(try await shell(home, "--", "cat", "/root/third").output == "three\n")
            #expect(try await shell(home, "--end").status == 0)
            try home.expectNothingLeft(of: kiln)
        }
    }
}
