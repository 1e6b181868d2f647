import ArgumentParser
import Failures
import Foundation
import HostSystem

/// Kiln's figures, each against the tools that one would use without Kiln. One file a figure: it gives a `Figure`, and is a
/// subcommand that prints a `BenchReport`.
@main struct KilnBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "KilnBench", abstract: "Measures Kiln against other tools, on this machine.",
        subcommands: [
            ExportFigure.self, UploadFigure.self, ValidateFigure.self, StepsFigure.self, BootFigure.self,
            BuildsFigure.self, StoreFigure.self,
        ])

    static func main() async {
        let task = Task { try await run() }
        // What a bench has started ends with it, and its files go.
        let interruption = Interruption {
            progress("interrupted, cleaning up")
            task.cancel()
        } third: {
            _exit(ExitStatus.interrupted.rawValue)
        }
        do { try await task.value } catch {
            guard !interruption.happened else { Foundation.exit(ExitStatus.interrupted.rawValue) }
            exit(withError: error)
        }
    }

    private static func run() async throws {
        var command = try parseAsRoot()
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }
}

/// What every figure takes.
struct BenchOptions: ParsableArguments {
    @Option(help: "Runs of each side; the median counts.")
    var runs = 3

    @Flag(help: "JSON instead of a table.")
    var json = false

    @Option(help: "A file to keep the JSON in as well.")
    var save: String?

    @Option(help: "A folder on the disk to measure, for files that are removed again.")
    var scratch = "/var/tmp"

    func validate() throws {
        guard (1...99).contains(runs) else { throw ValidationError("--runs takes 1 to 99") }
    }
}
