import ArgumentParser
import Documents
import Failures
import Foundation

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks templates and component documents without starting a guest.",
        discussion: """
            Examples:
              kiln validate fixtures/templates/nginx.yaml
              kiln validate component.yaml recipe.json pipeline.json    the inputs of the AWS CLI's commands
            """)

    @Argument(help: "Templates, component documents, inputs of AWS CLI commands, kiln.yaml.")
    var files: [String]

    @OptionGroup var template: TemplateOptions

    @Flag(help: "Diagnostics as JSON on standard output.")
    var json = false

    /// A diagnostic as `--json` prints it.
    private struct Row: Encodable {
        var file: String
        var line: Int
        var column: Int
        var severity: String
        var message: String
        var hint: String?
    }

    func run() async throws {
        let documents = try template.read(files)
        let context = try template.context(documents.kilnSettings, beside: files.first ?? "")
        let found = documents.validate(context)
        if json {
            let rows = found.map {
                Row(
                    file: $0.position.file, line: $0.position.line, column: $0.position.column,
                    severity: $0.severity.rawValue, message: $0.message, hint: $0.hint)
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            Terminal.say(String(decoding: try encoder.encode(rows), as: UTF8.self))
        } else {
            for diagnostic in found { Terminal.complain(diagnostic.description) }
        }
        if found.contains(where: { $0.severity == .error }) {
            if !json { Terminal.complain("kiln: \(DocumentFailure(found).summary)") }
            throw ExitCode(ExitStatus.invalidDocument.rawValue)
        }
        if !json { Terminal.say("\(files.count) file\(files.count == 1 ? "" : "s"): no errors") }
    }
}
