import ArgumentParser
import Components
import Documents
import Foundation
import Guests
import HostSystem
import SystemPackage

/// What a step costs beside its command, and what a step that prints a lot costs, on a booted guest.
///
/// The overhead of a step is the time from its start to the next one's, less the median time that the same script takes in
/// the guest when a loop there starts `bash SCRIPT` as often: everything but the command, a program's start counted as the
/// command's own.
struct StepsFigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "steps", abstract: "Overhead of a component's steps, and the output of one, on a real guest.")

    @Argument(help: "A qcow2 image to boot, such as a base image.")
    var image: String

    @Option(help: "How many steps a document has.")
    var steps = 200

    @Option(help: "MiB that one step prints; 0: leave that out.")
    var printed = 1024

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...10_000).contains(steps) else { throw ValidationError("--steps takes 1 to 10000") }
        guard (0...65_536).contains(printed) else { throw ValidationError("--printed takes 0 to 65536") }
    }

    func run() async throws {
        try await BenchFolder.with(options.scratch) { folder in
            let machine = try await Machine.describe()
            let figures = FigureList()
            try await withBenchGuest(FilePath(image), folder) { guest in
                figures.add(try await overhead(guest, folder))
                if printed > 0 { figures.add(try await output(guest, folder)) }
            }
            try BenchReport(machine: machine, figures: figures.all).show(options)
        }
    }

    private func overhead(_ guest: RunningGuest, _ folder: FilePath) async throws -> Figure {
        let document = try ComponentDocument.parse(text: Self.document(steps: steps), file: "bench.yaml")
        let loop = """
            echo true > /var/tmp/bench.sh
            for ((i = 0; i < \(steps); i++)); do
              from=$EPOCHREALTIME; bash /var/tmp/bench.sh; to=$EPOCHREALTIME
              echo $((${to/./} - ${from/./}))
            done
            """
        let clock = StepClock()
        var alone: [Double] = []
        var figure = try await Figure.measure(
            "steps", "\(steps) steps that run nothing", against: "bash of the same script in a loop in the guest",
            runs: options.runs
        ) {
            clock.begin()
            let environment = RunEnvironment(
                guest: guest, workingDirectory: "/tmp", logs: folder.appending("logs-\(UUID().uuidString)"), secrets: []
            ) { clock.note($0) }
            try await DocumentRunner(environment).run(document, named: "bench").demandSuccess()
            clock.end()
        } other: {
            alone += try await guest.answer(loop).split(separator: "\n").compactMap { Double($0) }
        }
        guard alone.count == steps * options.runs, clock.milliseconds.count == alone.count else {
            throw BenchFailure("\(clock.milliseconds.count) steps and \(alone.count) scripts ran, expected \(steps)")
        }
        let command = Figure.median(alone) / 1000
        let overheads = clock.milliseconds.map { $0 - command }
        figure.milliseconds = [
            "a step's overhead, median": Figure.median(overheads),
            "a step's overhead, 95th percentile": Figure.percentile(0.95, of: overheads),
            "the command alone, median": command,
        ]
        return figure
    }

    /// Memory is the whole process's, libvirt in it.
    private func output(_ guest: RunningGuest, _ folder: FilePath) async throws -> Figure {
        let size = printed << 20
        let script = "yes 'sixteen bytes..' | head -c \(size)"
        let document = try ComponentDocument.parse(text: Self.document(of: [script]), file: "bench.yaml")
        var figure = try await Figure.measure(
            "output", "one step prints \(printed) MiB", against: "the same in the guest to /dev/null", runs: 1
        ) {
            let logs = folder.appending("logs-output")
            let environment = RunEnvironment(guest: guest, workingDirectory: "/tmp", logs: logs, secrets: []) { _ in }
            let result = try await DocumentRunner(environment).run(document, named: "bench")
            try result.demandSuccess()
            let kept = fileSize(FilePath(result.steps[0].log))
            guard kept == size else { throw BenchFailure("the step's log has \(kept) bytes of \(size)") }
            try Folders.remove(logs)
        } other: {
            _ = try await guest.answer("\(script) > /dev/null")
        }
        figure.peakMemoryMiB = peakMemoryMiB()
        return figure
    }

    private static func document(steps: Int) -> String { document(of: Array(repeating: "true", count: steps)) }

    private static func document(of scripts: [String]) -> String {
        "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n"
            + scripts.enumerated().map { index, script in
                """
                      - name: Step\(index + 1)
                        action: ExecuteBash
                        inputs:
                          commands:
                            - \(script)

                """
            }.joined()
    }
}
