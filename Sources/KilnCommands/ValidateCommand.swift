import ArgumentParser
import Documents
import Failures
import Foundation

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks templates and component documents without starting a guest.",
        discussion: "Example: kiln validate fixtures/templates/nginx.yaml")

    @Argument(help: "Templates or component documents.")
    var files: [String]

    @OptionGroup var template: TemplateOptions

    @Flag(help: "Diagnostics as JSON on standard output.")
    var json = false

    func run() async throws {
        let diagnostics = Diagnostics()
        for file in files {
            let text = try SourceFile.read(file)
            let silent = Diagnostics()
            let node = DocumentNode.parse(text, file: file, diagnostics: silent)
            if let node, node["phases"] != nil, !Template.isTemplate(node) {
                _ = ComponentDocument.parse(text, file: file, diagnostics: diagnostics)
            } else {
                _ = Template.parse(text, file: file, context: try template.context(), diagnostics: diagnostics)
            }
        }
        if json {
            let rows = diagnostics.all.map { diagnostic in
                [
                    "file": diagnostic.position.file, "line": "\(diagnostic.position.line)",
                    "column": "\(diagnostic.position.column)", "severity": diagnostic.severity.rawValue,
                    "message": diagnostic.message,
                ]
            }
            Terminal.say(String(decoding: try JSONEncoder().encode(rows), as: UTF8.self))
        } else {
            for diagnostic in diagnostics.all { Terminal.complain(diagnostic.description) }
        }
        if diagnostics.hasErrors { throw ExitCode(ExitStatus.invalidDocument.rawValue) }
        if !json { Terminal.say("\(files.count) file\(files.count == 1 ? "" : "s"): no errors") }
    }
}
