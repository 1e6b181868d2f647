import ArgumentParser
import Builds
import Failures
import Foundation
import Glibc
import Guests
import HostSystem

struct ShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "A shell in a guest that was kept when a step failed in it.",
        discussion: """
            Examples:
              kiln build template.yaml --keep-on-failure     leaves the guest running when a step fails
              kiln shell                                     a shell in it, where it is the only one
              kiln shell b-1764000000-1a2b3c4d               in the guest of that build
              kiln shell b-17640 -- journalctl -u nginx      one command, with its exit status
              kiln shell b-17640 -- tar c /etc > etc.tar     its output as it is
              kiln shell b-17640 --console                   the serial console: its log so far, and input
              kiln shell --list                              the guests that are kept, and until when
              kiln shell b-17640 --end                       ends and removes it

            At a terminal, after a new line: ~. leaves, ~^Z suspends kiln, ~~ is a tilde, ~? lists these.
            """)

    @Argument(help: "A build's or a guest's name, or the beginning of one (default: the only one).")
    var build: String?

    @Argument(parsing: .postTerminator, help: "A command to run instead of a shell.")
    var command: [String] = []

    @Flag(help: "List the guests that are kept.")
    var list = false

    @Flag(help: "End the guest, and remove its disk.")
    var end = false

    @Flag(help: "The guest's serial console, for a guest that does not answer otherwise.")
    var console = false

    @Flag(help: "With --list: as a JSON list on standard output.")
    var json = false

    func validate() throws {
        guard [list, end, console].filter(\.self).count <= 1 else {
            throw ValidationError("--list, --end and --console are different things to do: give one")
        }
        guard command.isEmpty || !(list || end || console) else {
            throw ValidationError("a command goes with none of --list, --end and --console")
        }
        guard !json || list else { throw ValidationError("--json goes with --list") }
    }

    func run() async throws {
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        await offPool { KeptGuest.sweep() }
        let guests = KeptGuest.living(home: home)
        if list { return try KeptGuestList(guests).show(json: json) }
        let guest = try choose(from: guests)
        if end { return try await remove(guest, home) }
        if console { return try await ConsoleRelay(guest).run() }
        let connection = try await guest.connect(home: home)
        defer { connection.close() }
        let exit = try await ShellRelay(connection: connection, command: command).run()
        switch exit {
        case .exited(0): return
        case .exited(let status): throw ExitCode(status)
        case .signalled(let signal): throw ExitCode(128 + signal)
        case .timedOut: throw GuestFailure(.timedOut, "the command in \(guest.name) has timed out")
        }
    }

    private func choose(from guests: [KeptGuest]) throws(GuestFailure) -> KeptGuest {
        let names = guests.map(\.name).joined(separator: ", ")
        guard let build else {
            if guests.count == 1 { return guests[0] }
            throw GuestFailure(
                .notKept, guests.isEmpty ? "no guest is kept" : "\(guests.count) guests are kept: \(names)",
                hint: guests.isEmpty
                    ? "kiln build TEMPLATE --keep-on-failure" : "give one: kiln shell \(guests[0].name)")
        }
        let found = guests.filter { $0.build.hasPrefix(build) || $0.name.hasPrefix(build) }
        let exact = guests.filter { $0.build == build || $0.name == build }
        switch (exact.count, found.count) {
        case (1, _): return exact[0]
        case (_, 1): return found[0]
        case (_, 0):
            throw GuestFailure(
                .notKept, "no guest of \(build) is kept",
                hint: guests.isEmpty ? "kiln build TEMPLATE --keep-on-failure" : "there are \(names)")
        default:
            throw GuestFailure(
                .notKept, "\(found.count) guests begin with \(build): \(found.map(\.name).joined(separator: ", "))",
                hint: "give the whole name")
        }
    }

    private func remove(_ guest: KeptGuest, _ home: KilnHome) async throws {
        try await guest.end()
        // Its build keeps what `--resume` may want, and drops the rest now.
        for note in try BuildFolder.sweep(home: home) { Terminal.complain("kiln: \(note)") }
        Terminal.complain("the guest of \(guest.build) has been ended")
    }
}
