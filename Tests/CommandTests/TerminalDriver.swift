import HostSystem
import SystemPackage
import Testing

/// A person at a terminal: a Python program that runs `kiln` on a pseudo-terminal, types, and looks at what comes.
enum TerminalDriver {
    /// What every script below may use.
    private static let prelude = """
        import fcntl, os, pty, select, signal, struct, sys, termios, time

        KILN = sys.argv[1]

        class Shell:
            def __init__(self, *arguments):
                self.master, self.slave = pty.openpty()
                self.resize(30, 100)
                self.modes = termios.tcgetattr(self.slave)
                self.said = b''
                self.pid = os.fork()
                if self.pid == 0:
                    os.setsid()
                    fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
                    for number in range(3):
                        os.dup2(self.slave, number)
                    os.execv(KILN, (KILN, 'shell') + arguments)

            def resize(self, rows, columns):
                fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

            def type(self, text):
                os.write(self.master, text.encode())

            def read(self, seconds):
                if select.select([self.master], [], [], seconds)[0]:
                    self.said += os.read(self.master, 65536)
                    return True

            def wait(self, text, seconds=60):
                end = time.time() + seconds
                while text.encode() not in self.said:
                    if time.time() > end or not self.read(1) and self.ended():
                        sys.exit('no %r in %r' % (text, self.said))
                self.said = self.said[self.said.index(text.encode()) + len(text.encode()):]

            def ended(self):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.status = os.waitstatus_to_exitcode(status)
                return pid != 0

            def end(self, status, seconds=60):
                end = time.time() + seconds
                while not self.ended():
                    self.read(0.1)
                    if time.time() > end:
                        sys.exit('does not end: %r' % self.said)
                if self.status != status:
                    while self.read(0.2): pass
                    sys.exit('ended with %d, not %d: %r' % (self.status, status, self.said))
                if termios.tcgetattr(self.slave) != self.modes:
                    sys.exit('the terminal is not as it was')

            def is_raw(self):
                return not termios.tcgetattr(self.slave)[3] & termios.ECHO

        """

    /// Runs a script in a home; one that fails says why.
    static func run(_ script: String, in home: CommandHome, location: SourceLocation = #_sourceLocation) async throws {
        let output = try await HostCommand(
            "python3", ["-c", prelude + script, KilnProcess.program.string],
            environment: home.variables(for: nil).merging(["TERM": "xterm"]) { $1 }, workingDirectory: home.work,
            limit: .seconds(300), package: "python3"
        ).output()
        #expect(output.status == 0, "\(output.standardOutput)\(output.standardError)", sourceLocation: location)
    }
}
