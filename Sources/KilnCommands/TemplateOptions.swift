import ArgumentParser
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage

/// A template's parameters and what stands for its account.
struct TemplateOptions: ParsableArguments {
    @Option(name: .customLong("parameter"), help: "A template parameter, NAME=VALUE; may be repeated.")
    var parameters: [String] = []

    @Option(help: "The region that AWS::Region stands for (default: kiln.yaml's, else us-east-1).")
    var region: String?

    @Option(help: "The account that AWS::AccountId stands for (default: kiln.yaml's, else 000000000000).")
    var account: String?

    /// - Parameter settings: what `kiln.yaml` says; flags come first.
    func context(_ settings: KilnSettings, beside file: String) throws -> TemplateContext {
        var values: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "=") else {
                throw ValidationError("--parameter takes NAME=VALUE, not '\(parameter)'")
            }
            values[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        var context = TemplateContext(
            parameters: values, region: region ?? settings.region, accountID: account ?? settings.account,
            loadComponent: Self.loader(beside: file))
        context.systemsManagerParameters = settings.storedParameters.mapValues(\.value)
        context.exports = settings.exports
        // Nothing outside of the documents is known to this machine, whoever owns it.
        context.isKnown = { _ in false }
        return context
    }

    /// Gets documents that others name by a path beside `file`.
    static func loader(beside file: String) -> @Sendable (_ uri: String) throws -> TemplateContext.LoadedDocument {
        let folder = FilePath(file).removingLastComponent()
        return { uri in
            guard !uri.contains("://") else {
                throw TemplateContext.UnreachableDocument(
                    hint: "save it beside the template and give its path, or give it inline")
            }
            let path = folder.pushing(FilePath(uri))
            let text = try SourceText.decode(try Folders.read(path), file: path.string)
            return TemplateContext.LoadedDocument(text: text, file: path.string)
        }
    }

    /// Reads the documents and `kiln.yaml` beside the first.
    func read(_ files: [String]) throws -> DocumentSet {
        var documents = DocumentSet()
        if let first = files.first {
            let settings = FilePath(first).removingLastComponent().appending("kiln.yaml")
            if Folders.exists(settings), !files.contains(settings.string) {
                // What it names lies beside the file itself, wherever a link to it is.
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: settings.string)
                let file = target.map { settings.removingLastComponent().pushing(FilePath($0)) } ?? settings
                documents.add(bytes: try Folders.read(settings), file: file.string)
            }
        }
        for file in files {
            do {
                documents.add(bytes: try Folders.read(FilePath(file)), file: file)
            } catch {
                throw DocumentFailure([
                    Diagnostic(
                        .error, at: .start(of: file), error.message,
                        hint: "give the path of a template or component document")
                ])
            }
        }
        return documents
    }

    /// The one template that the files make.
    ///
    /// - Throws: `DocumentFailure` with all that is wrong in any of the files; warnings are said.
    func load(_ files: [String]) async throws -> (template: ResolvedTemplate, settings: KilnSettings.Layer) {
        let loaded = try await loadAll(files)
        return (loaded.template, loaded.settings)
    }

    /// The one template that the files make, with what it was made of.
    ///
    /// - Throws: as `load`.
    func loadAll(
        _ files: [String], home: KilnHome = KilnHome(environment: ProcessInfo.processInfo.environment)
    ) async throws -> LoadedTemplate {
        let documents = try read(files)
        let file = files.first ?? ""
        var context = try context(documents.kilnSettings, beside: file)
        var search = OutsideSearch(documents, home: home)
        let templates = try await search.resolve(&context) { context throws(DocumentFailure) in
            try documents.resolve(context)
        }
        guard let template = templates.first, templates.count == 1 else {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: .start(of: file),
                    templates.isEmpty
                        ? "there is no template to build" : "there are \(templates.count) templates; a build takes one",
                    hint: "give a CloudFormation template with AWS::ImageBuilder resources")
            ])
        }
        let warnings = PipelineRun.isOne ? [] : documents.diagnostics + template.warnings
        for warning in warnings { Terminal.complain(warning.description) }
        if !PipelineRun.isOne { search.standIns.forEach(Self.tell(ofStandIn:)) }
        return LoadedTemplate(
            template: template, settings: documents.settings.first ?? .init(), documents: documents, context: context)
    }

    private static func tell(ofStandIn arn: ImageBuilderARN) {
        Terminal.complain("kiln: its own \(arn.name) stands for Amazon's, which is not on this machine")
    }
}

/// A template, `kiln.yaml`, and what they were read from and computed for.
struct LoadedTemplate: Sendable {
    let template: ResolvedTemplate
    let settings: KilnSettings.Layer
    let documents: DocumentSet
    let context: TemplateContext
}
