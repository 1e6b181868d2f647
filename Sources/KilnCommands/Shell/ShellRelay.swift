import Failures
import Foundation
import Glibc
import Guests
import HostSystem

/// Joins this process's own streams to a program in a guest: on a terminal where both its input and its output are one.
struct ShellRelay {
    let connection: KeptGuestConnection
    /// Empty: root's shell.
    let command: [String]

    /// What a guest is given to end a shell that was left.
    private static let patience = Duration.seconds(15)

    /// Root's login shell, in its home; where there is none that lets anybody in, /bin/sh.
    private static let shell = """
        while IFS=: read -r _ _ user _ _ home shell; do [ "$user" = 0 ] && break; done </etc/passwd
        case $shell in */nologin|*/false|"") shell=/bin/sh ;; esac
        [ -x "$shell" ] || shell=/bin/sh
        SHELL=$shell; export SHELL
        cd "${home:-/root}" 2>/dev/null
        exec "$shell" -l
        """

    func run() async throws -> GuestExit {
        let terminal = isatty(STDOUT_FILENO) == 1 ? RawTerminal() : nil
        defer { terminal?.leave() }
        let arguments = command.isEmpty ? ["/bin/sh", "-c", Self.shell] : command
        var environment: [String: String] = [:]
        for name in ["TERM", "COLORTERM"] { environment[name] = ProcessInfo.processInfo.environment[name] }
        let session = try await connection.openSession(
            GuestCommand(arguments, environment: terminal == nil ? [:] : environment, workingDirectory: "/"),
            terminal: terminal == nil ? nil : RawTerminal.size)
        do {
            return try await relay(session, terminal)
        } catch {
            await session.end()
            throw error
        }
    }

    private func relay(_ session: GuestSession, _ terminal: RawTerminal?) async throws -> GuestExit {
        let reader = InputReader()
        return try await withThrowingTaskGroup(of: GuestExit?.self) { group in
            group.addTask { try await Self.events(of: session) }
            group.addTask {
                terminal == nil
                    ? try await Self.pipe(reader, to: session) : try await Self.type(reader, to: session)
                return nil
            }
            if let terminal {
                group.addTask {
                    for await size in terminal.sizes { try await session.resize(size) }
                    return nil
                }
            }
            defer { group.cancelAll() }
            while let exit = try await group.next() {
                if let exit { return exit }
            }
            throw CancellationError()
        }
    }

    /// Writes what the program prints, until it ends.
    private static func events(of session: GuestSession) async throws -> GuestExit? {
        while true {
            switch try await session.next() {
            case .ended(let exit): return exit
            case .output(let output):
                let isOut = output.stream == .standardOutput
                let isRead = await offPool {
                    isOut ? Terminal.say(raw: output.bytes) : Terminal.complain(raw: output.bytes)
                }
                guard isRead else {
                    await session.end()
                    return .signalled(SIGPIPE)
                }
            }
        }
    }

    private static func pipe(_ reader: InputReader, to session: GuestSession) async throws {
        while let bytes = await reader.next() { try await session.send(bytes) }
        if !Task.isCancelled { try await session.endInput() }
    }

    private static func type(_ reader: InputReader, to session: GuestSession) async throws {
        var filter = EscapeFilter()
        while var bytes = await reader.next() {
            while !bytes.isEmpty {
                let (input, order, rest) = filter.feed(bytes)
                bytes = rest
                try await session.send(input)
                switch order {
                case .leave:
                    try await session.hangUp()
                    try await Task.sleep(for: patience)
                    throw GuestFailure(.timedOut, "the guest did not end its shell within \(patience.inSeconds)")
                case .suspend: await offPool { RawTerminal.suspend() }
                case .help: _ = Terminal.say(raw: Array(EscapeFilter.help.utf8))
                case nil: break
                }
            }
        }
        // The terminal has gone.
        if !Task.isCancelled { try await session.hangUp() }
    }
}
