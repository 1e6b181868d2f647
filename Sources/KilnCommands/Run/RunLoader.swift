import ArgumentParser
import Builds
import Components
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage

/// Reads the documents of a run and checks them, with all that is known before a guest starts. It can be asked again, for
/// documents that have changed.
struct RunLoader: Sendable {
    let options: RunnerOptions
    let positional: [String]
    /// Changes of `kiln.yaml` by the command line.
    let settings: KilnSettings.Layer
    let secretNames: [String]
    /// Of `--template`.
    let components: [Component]
    /// What gives the documents in S3, by the settings.
    let origins: @Sendable (KilnSettings) throws -> any FileOrigins

    /// The most a document in a bucket may be long: far more than the service takes.
    private static let documentLimit = 1 << 20
    /// All parents that Kiln can run.
    private static let platform = Platform.linux

    /// - Returns: what to run, how, and what is worth a look.
    /// - Throws: `DocumentFailure` with everything wrong in the configuration and the documents; `ValidationError`;
    ///   `OriginFailure` for what is in S3.
    func load() async throws -> (plan: RunPlan, input: RunInput, warnings: [Diagnostic]) {
        let configuration = try await configuration()
        let input = try RunInput(options, positional, configuration)
        var set = DocumentSet()
        let local = input.documents.map(\.location).filter(Self.isLocal)
        let beside = local.first ?? "."
        let kilnFile = FilePath(beside).removingLastComponent().appending("kiln.yaml")
        if Folders.exists(kilnFile) { set.add(bytes: try Folders.read(kilnFile), file: kilnFile.string) }
        var managed: [Int: ComponentDocument] = [:]
        for (index, reference) in input.documents.enumerated() {
            if reference.location.hasPrefix("arn:") {
                managed[index] = try component(reference.location).document
            } else {
                let text = try await text(
                    reference.location, owner: input.documentOwner, KilnSettings(set.settings + [settings]))
                set.add(component: text, file: reference.location, platform: Self.platform)
            }
        }
        var context = TemplateContext(loadComponent: TemplateOptions.loader(beside: beside))
        context.isKnown = { _ in false }
        var found = (configuration?.warnings ?? []) + set.validate(context)
        if found.contains(where: { $0.severity == .error }) { throw DocumentFailure(found) }
        var read = set.components.map(\.document)[...]
        let documents = input.documents.indices.compactMap { managed[$0] ?? read.popFirst() }
        let plan = try plan(input, documents, set.settings, &found)
        if found.contains(where: { $0.severity == .error }) { throw DocumentFailure(found) }
        return (plan, input, found)
    }

    /// The files of this machine that the run is made of.
    func files(_ input: RunInput) -> [FilePath] {
        let named = input.documents.map(\.location) + [options.config].compactMap { $0 }
        return Set(named.filter(Self.isLocal)).sorted().map { FilePath($0) }
    }

    private static func isLocal(_ location: String) -> Bool {
        !location.hasPrefix("arn:") && !location.hasPrefix("s3://")
    }

    private func configuration() async throws -> RunConfiguration? {
        guard let file = options.config else { return nil }
        return try RunConfiguration.parse(
            text: try await text(file, owner: options.documentS3BucketOwner, KilnSettings([settings])), file: file)
    }

    private func plan(
        _ input: RunInput, _ documents: [ComponentDocument], _ layers: [KilnSettings.Layer], _ found: inout [Diagnostic]
    ) throws -> RunPlan {
        let given = try options.parameters.flatMap { text in
            guard let parameters = RunParameters.parse(text, for: documents) else {
                throw ValidationError("--parameters takes NAME=VALUE,NAME=VALUE…, not '\(text)'")
            }
            return parameters
        }
        let parameters = RunParameters(
            global: input.globalParameters + given,
            form: options.config == nil
                ? "--parameters NAME=…" : "add {\"name\": \"NAME\", \"value\": \"…\"} to the 'parameters'")
        found += parameters.unknown(to: documents)
        let all = KilnSettings(layers + [settings])
        var secrets: Set<String> = []
        var planned: [RunPlan.Document] = []
        for (reference, document) in zip(input.documents, documents) {
            let (values, problems) = parameters.values(for: document, own: reference.parameters)
            found += problems
            secrets.formUnion(
                document.values(of: all.secretParameters.union(secretNames), given: values))
            planned.append(
                RunPlan.Document(
                    name: document.name ?? Self.name(reference.location), location: reference.location,
                    document: document, parameters: values))
        }
        let declared = Set(documents.flatMap { $0.parameters.map(\.name) })
        if let name = secretNames.first(where: { !declared.contains($0) }) {
            throw ValidationError("--secret \(name): no document has a parameter of that name")
        }
        found += RunCheck(input: input, documents: planned).problems
        secrets.formUnion(all.storedParameters.values.filter(\.isSecret).map(\.value))
        return RunPlan(
            documents: planned, phases: input.phases, settings: all, secrets: secrets,
            components: components)
    }

    /// For a document without a name: its file's.
    private static func name(_ location: String) -> String {
        FilePath(location).lastComponent?.stem ?? location
    }

    private func component(_ reference: String) throws -> Component {
        let position = SourcePosition.start(of: options.config ?? "--documents")
        let arn: ImageBuilderARN
        do { arn = try ImageBuilderARN(reference) } catch {
            throw DocumentFailure([Diagnostic(.error, at: position, error.description)])
        }
        guard let component = components.newest(named: arn) else {
            let known = components.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
            throw DocumentFailure([
                Diagnostic(
                    .error, at: position, "there is no component \(reference) here",
                    hint: components.isEmpty
                        ? "give the template that has it with --template" : "--template has \(known)")
            ])
        }
        return component
    }

    private func text(_ location: String, owner: String?, _ settings: KilnSettings) async throws -> String {
        if let address = S3Address(location) {
            let file = FilePath(NSTemporaryDirectory()).appending("kiln-document-\(UUID().uuidString)")
            defer { try? Folders.remove(file) }
            try await origins(settings).fetch(.s3(address, expectedOwner: owner), to: file)
            let bytes = try Folders.read(file)
            guard bytes.count <= Self.documentLimit else {
                throw DocumentFailure([
                    Diagnostic(.error, at: .start(of: location), "the document is \(bytes.count) bytes long")
                ])
            }
            return try SourceText.decode(bytes, file: location)
        }
        do {
            return try SourceText.decode(try Folders.read(FilePath(location)), file: location)
        } catch let failure as HostFailure {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: .start(of: location), failure.message,
                    hint: "give the path of a component document")
            ])
        }
    }
}
