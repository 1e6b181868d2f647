import ArgumentParser
import Documents
import Failures
import Foundation
import HostSystem

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks templates and component documents without starting a guest.",
        discussion: """
            Examples:
              kiln validate fixtures/templates/nginx.yaml
              kiln validate --strict component.yaml
              kiln validate --format sarif component.yaml > kiln.sarif
              kiln validate component.yaml recipe.json pipeline.json    the inputs of the AWS CLI's commands

            docs/validate.md lists every rule.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif
    }

    @Argument(help: "Templates, component documents, inputs of AWS CLI commands, kiln.yaml.")
    var files: [String]

    @OptionGroup var template: TemplateOptions

    @Flag(help: "Also warns of what AWS takes and what is likely wrong.")
    var strict = false

    @Option(help: "How diagnostics are told: text on standard error, json or sarif on standard output.")
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    /// A diagnostic as `--format json` prints it.
    private struct Row: Encodable {
        var file: String
        var line: Int
        var column: Int
        var severity: String
        var rule: String
        var message: String
        var hint: String?
    }

    func validate() throws {
        if json, let format, format != .json {
            throw ValidationError("--json and --format \(format.rawValue) exclude each other")
        }
    }

    func run() async throws {
        let found = try await problems()
        let format = json ? .json : format ?? .text
        switch format {
        case .text:
            for diagnostic in found { Terminal.complain("\(diagnostic) [\(diagnostic.rule.rawValue)]") }
        case .json:
            try say(
                found.map {
                    Row(
                        file: $0.position.file, line: $0.position.line, column: $0.position.column,
                        severity: $0.severity.rawValue, rule: $0.rule.rawValue, message: $0.message, hint: $0.hint)
                })
        case .sarif:
            try say(SARIFLog(found, version: KilnVersion.current))
        }
        if found.contains(where: { $0.severity == .error }) {
            if format == .text { Terminal.complain("kiln: \(DocumentFailure(found).summary)") }
            throw ExitCode(ExitStatus.invalidDocument.rawValue)
        }
        if format == .text { Terminal.say("\(files.count) file\(files.count == 1 ? "" : "s"): no errors") }
    }

    /// What is wrong with the files, and with what they name and is to be had here.
    func problems(
        home: KilnHome = KilnHome(environment: ProcessInfo.processInfo.environment)
    ) async throws -> [Diagnostic] {
        let documents = try template.read(files)
        var context = try template.context(documents.kilnSettings, beside: files.first ?? "")
        var search = OutsideSearch(documents, home: home)
        let found: [Diagnostic]
        do {
            found = try await search.resolve(&context) { documents.validate($0, strict: strict) }
        } catch let failure as DocumentFailure {
            return documents.validate(context, strict: strict) + failure.diagnostics
        }
        guard !found.contains(where: { $0.severity == .error }) else { return found }
        return found + (try contractProblems(documents, context))
    }

    /// What the service's own model says of the documents' resources.
    private func contractProblems(_ documents: DocumentSet, _ context: TemplateContext) throws -> [Diagnostic] {
        var context = context
        context.allowsMissingParameters = true
        context.isKnown = { _ in true }
        return try TemplateApplication(documents, context).contractProblems()
    }

    private func say(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Terminal.say(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
