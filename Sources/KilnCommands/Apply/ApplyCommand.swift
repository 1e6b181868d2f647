import ArgumentParser
import Documents
import Failures
import Foundation
import HostSystem
import Store

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Registers a template's resources, as CloudFormation would create them.",
        discussion: """
            All of them or none. What is the same stays, what differs is updated; a component or workflow that differs is a new
            build of its version, a recipe needs a new version.

            Examples:
              kiln apply fixtures/templates/nginx.yaml
              kiln apply template.yaml --parameter ImageVersion=1.0.1
              kiln apply template.yaml --dry-run --json
              kiln apply component.json recipe.json pipeline.json    the inputs of the AWS CLI's commands
            """)

    @Argument(help: "A template, or inputs of AWS CLI commands.")
    var files: [String]

    @OptionGroup var template: TemplateOptions

    @Flag(help: "Tells what would be done, and does nothing.")
    var dryRun = false

    @Flag(help: "The resources as JSON on standard output.")
    var json = false

    func run() async throws {
        let documents = try template.read(files)
        var context = try template.context(documents.kilnSettings, beside: files.first ?? "")
        // What is there already is the store's to say.
        context.isKnown = { _ in true }
        let application = try TemplateApplication(documents, context)
        if application.wanted.isEmpty {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: .start(of: files.first ?? ""), "there is nothing to register",
                    hint: "give a template with AWS::ImageBuilder resources")
            ])
        }
        try application.checkContract()
        for image in application.images { Terminal.complain("\(image) is an image: kiln build makes it") }
        try show(
            try await KilnStore.using(
                KilnHome(environment: ProcessInfo.processInfo.environment).database,
                account: Account(partition: context.partition, region: context.region, account: context.accountID)
            ) { try await application.apply(to: $0, isDryRun: dryRun) })
    }

    private func show(_ applied: [AppliedResource]) throws {
        guard json else { return applied.forEach { Terminal.say($0.line) } }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Terminal.say(String(decoding: try encoder.encode(applied), as: UTF8.self))
    }
}
