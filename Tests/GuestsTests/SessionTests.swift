import Failures
import HostSystem
import Synchronization
import Testing

@testable import Guests

@Suite struct InputWindowTests {
    @Test("No more is granted than was taken and a fixed amount", .timeLimit(.minutes(1)))
    func credit() async {
        let window = InputWindow()
        #expect(await window.take(upTo: RunnerFrame.inputWindow - 10) == RunnerFrame.inputWindow - 10)
        #expect(await window.take(upTo: 100) == 10)
        async let waiting = window.take(upTo: 100)
        window.add(30)
        #expect(await waiting == 30)
    }

    @Test("Whoever waits is let go when the program ends, and when the task is cancelled", .timeLimit(.minutes(1)))
    func ends() async {
        for isCancelled in [false, true] {
            let window = InputWindow()
            #expect(await window.take(upTo: .max) == RunnerFrame.inputWindow)
            let task = Task { await window.take(upTo: 1) }
            try? await Task.sleep(for: .milliseconds(10))
            if isCancelled { task.cancel() } else { window.close() }
            #expect(await task.value == 0)
        }
    }
}

@Suite struct KeepPeriodTests {
    @Test(
        "Periods are a number and a unit, bounded",
        arguments: [
            ("90s", 90), ("30m", 1800), ("4h", 14400), ("7d", 604800), ("8d", nil), ("0s", nil), ("-1h", nil),
            ("4", nil),
            ("h", nil), ("1 h", nil), ("604801s", nil), ("9223372036854775807d", nil), ("", nil),
        ] as [(String, Int?)])
    func parse(text: String, seconds: Int?) {
        #expect(KeepPeriod.parse(text) == seconds.map { Duration.seconds($0) })
    }

    @Test("What is left is told in minutes, hours or days")
    func text() {
        #expect([30, 3540, 3600, 14370, 172800].map { KeepPeriod.text($0) } == ["1 m", "59 m", "1 h", "4 h", "2 d"])
        #expect(KeepPeriod.text(5400) == "1 h 30 m" && KeepPeriod.text(-5) == "0 m")
    }
}

@Suite struct OpenFrameTests {
    @Test("A request to open a session carries the terminal's size, or zeros, and no input")
    func open() {
        let command = GuestCommand(["sh"], workingDirectory: "/tmp")
        let bytes = RunnerFrame.open(command, size: TerminalSize(rows: 30, columns: 100), channel: 7).payload
        let words = RunnerFrame.words(Array(bytes.prefix(16)))
        #expect(words[0] == 1 && words[2...] == [30, 100])
        #expect(String(decoding: bytes[16...].prefix(8), as: UTF8.self) == "/tmp\0sh\0")
        #expect(RunnerFrame.words(Array(RunnerFrame.open(command, size: nil, channel: 7).payload[8..<16])) == [0, 0])
        #expect(TerminalSize(rows: 0, columns: 0) == TerminalSize(rows: 1, columns: 1))
    }
}

/// Types to a program in a guest and reads what it says.
actor SessionScript {
    private let session: GuestSession
    private var said = ""
    private(set) var exit: GuestExit?

    init(_ guest: RunningGuest, _ script: String, terminal: TerminalSize? = TerminalSize(rows: 30, columns: 100))
        async throws
    {
        session = try await guest.openSession(GuestCommand(["bash", "-c", script]), terminal: terminal)
    }

    func type(_ text: String) async throws { try await session.send(Array(text.utf8)) }

    func resize(_ size: TerminalSize) async throws { try await session.resize(size) }

    func end() async { await session.end() }

    /// Reads until something has been said, and drops all up to its end.
    func wait(for text: String) async throws {
        while true {
            if let range = said.firstRange(of: text) {
                said.removeSubrange(..<range.upperBound)
                return
            }
            // A megabyte would be searched again after each piece.
            if said.utf8.count > 8192 { said = String(said.suffix(4096)) }
            try await read("'\(text)'")
        }
    }

    func waitForEnd() async throws -> GuestExit {
        while exit == nil { try await read("its end") }
        return try #require(exit)
    }

    private func read(_ what: String) async throws {
        guard exit == nil else { throw GuestFailure(.protocolError, "ended before \(what): \(said.suffix(500))") }
        let session = session
        let event = try await withDeadline(.seconds(120), for: what) { try await session.next() }
        switch event {
        case .output(let output): said += String(decoding: output.bytes, as: UTF8.self)
        case .ended(let exit): self.exit = exit
        }
    }
}

/// What a shell in a guest is made of, on a guest that serves other tests too.
enum SessionChecks {
    static func run(_ guest: RunningGuest) async throws {
        try await terminal(guest)
        try await paste(guest)
        try await pipe(guest)
        try await hangUp(guest)
        let missing = try await guest.openSession(GuestCommand(["/no/such/program"]), terminal: nil)
        let error = await #expect(throws: GuestFailure.self) { try await missing.next() }
        #expect(error?.code == .guestError)
    }

    /// Size, resize, UTF-8, ^C, ^Z and the exit status.
    private static func terminal(_ guest: RunningGuest) async throws {
        let shell = try await SessionScript(guest, "exec env PS1='$ ' bash --norc --noprofile -i")
        try await shell.wait(for: "$ ")
        try await shell.type("tty; stty size; echo $TERM\r")
        try await shell.wait(for: "/dev/pts/")
        try await shell.wait(for: "30 100")
        try await shell.resize(TerminalSize(rows: 41, columns: 120))
        try await shell.type("stty size; echo ü\"ö\"\r")
        try await shell.wait(for: "41 120")
        try await shell.wait(for: "üö")
        try await shell.type("trap 'echo h\"it\"' INT; echo re\"ady\"; sleep 5001\r")
        try await shell.wait(for: "ready\r\n")
        try await Task.sleep(for: .seconds(1))
        try await shell.type("\u{3}")
        try await shell.wait(for: "$ ")
        try await shell.type("echo on\"ce\"; sleep 5002\r")
        try await shell.wait(for: "once\r\n")
        try await Task.sleep(for: .seconds(1))
        try await shell.type("\u{1a}")
        try await shell.wait(for: "Stopped")
        // The first time it warns of the stopped one.
        try await shell.type("exit 7\rexit 7\r")
        #expect(try await shell.waitForEnd() == .exited(7))
        #expect(try await guest.shell("sleep 1; pgrep -fc '[s]leep 500[12]'").1.text(.standardOutput) == "0\n")
    }

    /// A megabyte to a terminal that echoes all of it, while nobody reads that: no deadlock, and nothing is lost.
    private static func paste(_ guest: RunningGuest) async throws {
        let count = 1 << 16
        let script = "head -c \(count * 16) | cmp - <(yes 0123456789abcde | head -c \(count * 16)) && echo sa''me"
        let shell = try await SessionScript(guest, "echo re''ady; \(script)")
        try await shell.wait(for: "ready")
        let sending = Task { try await shell.type(String(repeating: "0123456789abcde\n", count: count)) }
        try await shell.wait(for: "same")
        try await sending.value
        #expect(try await shell.waitForEnd() == .exited(0))
    }

    /// All bytes both ways, the streams apart, the end of input, and a program that reads nothing of it.
    private static func pipe(_ guest: RunningGuest) async throws {
        let content = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let session = try await guest.openSession(
            GuestCommand(["bash", "-c", "cat; echo e >&2; exit 3"]), terminal: nil)
        let sending = Task {
            try await session.send(content)
            try await session.endInput()
        }
        let printed = Printed()
        while true {
            let event = try await withDeadline(.seconds(120), for: "cat") { try await session.next() }
            if case .output(let output) = event { printed.add(output) }
            if case .ended(let exit) = event {
                #expect(exit == .exited(3))
                break
            }
        }
        try await sending.value
        #expect(printed.bytes(.standardOutput) == content)
        #expect(printed.text(.standardError) == "e\n")
        let deaf = try await SessionScript(guest, "exec <&-; sleep 2; exit 4", terminal: nil)
        let typing = Task { try await deaf.type(String(repeating: "x", count: 1 << 20)) }
        #expect(try await deaf.waitForEnd() == .exited(4))
        try await typing.value
    }

    /// Leaving a shell takes its jobs with it, and leaves what was made a daemon.
    private static func hangUp(_ guest: RunningGuest) async throws {
        let shell = try await SessionScript(
            guest, "setsid sleep 5003 & nohup sleep 5004 >/dev/null 2>&1 & sleep 5005 & sleep 1; echo re''ady; wait")
        try await shell.wait(for: "ready")
        await shell.end()
        let (_, left) = try await guest.shell("sleep 1; pgrep -f '[s]leep 500[345]' -a | cut -d' ' -f3; pkill sleep")
        #expect(left.text(.standardOutput) == "5003\n5004\n")
    }
}
