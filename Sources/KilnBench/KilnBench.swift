import ArgumentParser

/// Kiln's figures, each against the tools that one would use without Kiln. One file a figure: it gives a `Figure`, and is a
/// subcommand that prints a `BenchReport`.
@main struct KilnBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "KilnBench", abstract: "Measures Kiln against other tools, on this machine.",
        subcommands: [ExportFigure.self, UploadFigure.self, ValidateFigure.self, StepsFigure.self])
}

/// What every figure takes.
struct BenchOptions: ParsableArguments {
    @Option(help: "Runs of each side; the median counts.")
    var runs = 3

    @Flag(help: "JSON instead of a table.")
    var json = false

    @Option(help: "A folder on the disk to measure, for files that are removed again.")
    var scratch = "/var/tmp"

    func validate() throws {
        guard (1...99).contains(runs) else { throw ValidationError("--runs takes 1 to 99") }
    }
}
