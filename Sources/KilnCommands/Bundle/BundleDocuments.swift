import Builds
import Bundles
import Documents
import Failures
import HostSystem
import Synchronization
import SystemPackage

/// The documents that an image was built from, as they were, but for the values that they mark as secret.
///
/// Secret are values of `NoEcho` parameters, of `ssm:` parameters with `secret: true`, and of the components' parameters that
/// `secretParameters:` names.
struct BundleDocuments {
    var items: [BundleItem]
    /// The paths of those that were changed.
    var masked: [String] { items.filter(\.isMasked).map(\.path) }
    private let plan: BuildPlan

    /// - Throws: `DocumentFailure` for what is wrong in the files; `BundleFailure` where a secret cannot be taken out.
    init(_ files: [String], _ options: TemplateOptions, pipeline: String?) async throws {
        let loaded = Mutex<[String: String]>([:])
        let first = FilePath(files.first ?? "")
        let settings = first.removingLastComponent().appending("kiln.yaml").string
        let names = files + (Folders.exists(FilePath(settings)) && !files.contains(settings) ? [settings] : [])
        var texts: [String: String] = [:]
        for name in names { texts[name] = try SourceText.decode(try Folders.read(FilePath(name)), file: name) }
        let (plan, secrets) = try await Self.read(names, texts, options, pipeline) { uri, file in
            let document = try TemplateOptions.loader(beside: file)(uri)
            loaded.withLock { $0[document.file] = document.text }
            return document
        }
        self.plan = plan
        texts.merge(loaded.withLock { $0 }) { own, _ in own }
        let masked = texts.mapValues { Self.mask($0, secrets) }
        if masked != texts { try await Self.check(names, masked, options, pipeline, secrets) }
        items = texts.keys.sorted().map { name in
            BundleItem(
                "documents/\(Self.place(name, beside: first))", .document, .bytes(Array((masked[name] ?? "").utf8)),
                isMasked: masked[name] != texts[name])
        }
    }

    /// Letters alone: stars would be an alias in YAML, and a parameter's pattern may ask for as much.
    private static let replacement = "MaskedByKiln"

    /// Longest first: a secret may contain another.
    private static func mask(_ text: String, _ secrets: Set<String>) -> String {
        secrets.sorted { ($0.count, $0) > ($1.count, $1) }.reduce(text) { $0.replacing($1, with: replacement) }
    }

    /// Reads the masked documents as the others were read: none of the secrets may be in them in another spelling.
    private static func check(
        _ names: [String], _ texts: [String: String], _ options: TemplateOptions, _ pipeline: String?,
        _ secrets: Set<String>
    ) async throws {
        let found: Set<String>
        do {
            found = try await read(names, texts, options, pipeline) { uri, file in
                let document = try TemplateOptions.loader(beside: file)(uri)
                return .init(text: texts[document.file] ?? document.text, file: document.file)
            }.secrets
        } catch {
            throw BundleFailure(
                .unusable, "the documents cannot be read any more with their secret values replaced",
                hint: "give secrets longer values than words of the document, or leave out --document")
        }
        let given = options.parameters.compactMap { $0.split(separator: "=", maxSplits: 1).last.map(String.init) }
        guard found.intersection(secrets).subtracting(given).isEmpty else {
            throw BundleFailure(
                .unusable,
                "a value that the documents mark as secret is spelled in them so that it cannot be taken out",
                hint: "write it plainly, in one line and without escapes, or leave out --document")
        }
    }

    private static func read(
        _ names: [String], _ texts: [String: String], _ options: TemplateOptions, _ pipeline: String?,
        load: @escaping OutsideSearch.Load
    ) async throws -> (plan: BuildPlan, secrets: Set<String>) {
        var documents = DocumentSet()
        for name in names { documents.add(text: texts[name] ?? "", file: name) }
        var context = try options.context(documents.kilnSettings, beside: names[0])
        let first = names[0]
        context.loadComponent = { try load($0, first) }
        var search = OutsideSearch(documents, load: load)
        let templates = try await search.resolve(&context) { context throws(DocumentFailure) in
            try documents.resolve(context)
        }
        guard let template = templates.first, templates.count == 1 else {
            throw BundleFailure(
                .unusable, "\(names[0]) is \(templates.isEmpty ? "no template" : "several templates")",
                hint: "give the template that the image was built from")
        }
        let plan = try BuildPlan.make(
            from: template, pipeline: pipeline, file: documents.settings.first ?? .init(), base: "/")
        return (
            plan, BundleSecrets.values(of: documents, resolved: template).union(plan.secrets.filter { !$0.isEmpty })
        )
    }

    /// Its path from the template's folder, where it lies below that.
    private static func place(_ name: String, beside first: FilePath) -> String {
        let folder = first.removingLastComponent()
        var path = FilePath(name).lexicallyNormalized()
        if path.removePrefix(folder.lexicallyNormalized()), !path.isAbsolute, !path.starts(with: "..") {
            return path.string
        }
        return path.lastComponent?.string ?? name
    }

    /// Makes sure that the documents are those which the build ran.
    func check(_ build: BuildRecord) throws(BundleFailure) {
        guard plan.name == build.recipe, plan.version == build.version else {
            throw BundleFailure(
                .unusable,
                "the template makes \(plan.name) \(plan.version), and the image is \(build.recipe) \(build.version)",
                hint: "give the template that the image was built from, or leave out --document")
        }
        let digests = Set(plan.steps.map(\.digest))
        for layer in build.layers where !digests.contains(layer.document) {
            throw BundleFailure(
                .unusable,
                "the template has changed: the image was built with another \(layer.component) \(layer.version)",
                hint: "give the documents as they were (git log), or leave out --document")
        }
    }
}
