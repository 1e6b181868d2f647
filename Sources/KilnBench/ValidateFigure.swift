import ArgumentParser
import Foundation
import HostSystem
import SystemPackage

/// `kiln validate` of a component document as long as the service takes inline, against PyYAML's reading of the same file:
/// whole processes both, so that a start-up counts too.
struct ValidateFigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Validation of a document of 16,000 characters.")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await BenchFolder.with(options.scratch) { folder in
            let file = folder.appending("component.yaml")
            try DurableFile.write(Array(Self.document(characters: 16_000).utf8), to: file)
            let (machine, kiln) = (try await Machine.describe(), besideThis("kiln"))
            let figure = try await Figure.measure(
                "validate", "16,000 characters, strictly", against: "python -c yaml.safe_load", runs: options.runs
            ) {
                _ = try await HostCommand(kiln.string, ["validate", "--strict", file.string]).run()
            } other: {
                _ = try await HostCommand(
                    "python3", ["-c", "import sys, yaml; yaml.safe_load(open(sys.argv[1]))", file.string]
                )
                .run()
            }
            try BenchReport(machine: machine, figures: [figure]).show(options)
        }
    }

    private static func document(characters: Int) -> String {
        var text = "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n"
        var number = 0
        while true {
            let step = """
                      - name: Step\(number)
                        action: ExecuteBash
                        loop: {name: Loop\(number), forEach: [a, b]}
                        inputs:
                          commands:
                            - |
                              set -euo pipefail
                              echo "{{ Loop\(number).value }} \(number)"

                """
            guard text.count + step.count <= characters else { return text }
            text += step
            number += 1
        }
    }
}
