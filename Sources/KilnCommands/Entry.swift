import ArgumentParser
import Dispatch
import Documents
import Failures
import Glibc
import HostSystem

/// Runs the command line to its end: signals, errors and exit status.
public enum Entry {
    public static func main() async -> Never {
        // A reader that goes away (`kiln logs | head`) is an error of write(2), not the end of the process in the middle
        // of a clean-up.
        signal(SIGPIPE, SIG_IGN)
        let command: any ParsableCommand
        do {
            command = try Kiln.parseAsRoot()
        } catch {
            end(parsing: error)
        }
        let task = Task { try await Self.run(command) }
        // What a third signal leaves is swept by the next start.
        let interruption = Interruption {
            Terminal.complain("\nkiln: interrupted, cleaning up (^C twice more ends at once)")
            task.cancel()
        } third: {
            RawTerminal.restore()
            _exit(ExitStatus.interrupted.rawValue)
        }
        ParentWatch.start()
        let outcome = await task.result
        interruption.stop()
        switch outcome {
        case .success: exit(ExitStatus.done.rawValue)
        case .failure(let error): end(running: error, interrupted: interruption.happened)
        }
    }

    private static func run(_ command: any ParsableCommand) async throws {
        var command = command
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }

    /// Help and versions are printed and end well; all else that parsing throws is a usage error.
    private static func end(parsing error: any Error) -> Never {
        let text = Kiln.fullMessage(for: error)
        guard Kiln.exitCode(for: error) != .success else {
            print(text)
            exit(ExitStatus.done.rawValue)
        }
        Terminal.complain(text)
        exit(ExitStatus.usage.rawValue)
    }

    private static func end(running error: any Error, interrupted: Bool) -> Never {
        switch error {
        case let error as ExitCode:
            exit(error.rawValue)
        case is CancellationError:
            Terminal.complain("kiln: interrupted")
            exit(ExitStatus.interrupted.rawValue)
        case let error as DocumentFailure:
            // Lines that editors jump to, without a name before them.
            Terminal.complain(error.message)
            Terminal.complain("kiln: \(error.summary)")
            exit(error.exitStatus.rawValue)
        case let error as any ReportableError:
            Terminal.complain("kiln: \(error.message)")
            if let hint = error.hint { Terminal.complain("  try: \(hint)") }
            exit((interrupted ? .interrupted : error.exitStatus).rawValue)
        default:
            // Help that a subcommand asks for and checks of its arguments come here as the parser's own errors.
            if Kiln.exitCode(for: error) != .failure { end(parsing: error) }
            Terminal.complain("kiln: \(error)")
            exit(ExitStatus.failed.rawValue)
        }
    }
}
