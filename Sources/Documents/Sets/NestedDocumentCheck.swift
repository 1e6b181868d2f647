/// Checks the documents that ExecuteDocument steps run, as far as they can be read from here: what is on the guest or in
/// a bucket is only known when the step starts.
struct NestedDocumentCheck {
    typealias Load = (_ uri: String) throws -> TemplateContext.LoadedDocument

    /// The guide's limit: documents nest three deep below the one that a build runs.
    static let mostLevels = 3

    let load: Load?
    /// Whose components the documents may run by ARN; nil for documents by themselves, whose ARNs lead nowhere here.
    var template: ResolvedTemplate?
    /// Whether there is a resource outside of the template.
    var isKnown: (ImageBuilderARN) -> Bool = \.isManaged
    /// Whether what is nowhere is needed now.
    var isBuilt = true
    let diagnostics: Diagnostics

    /// - Parameter name: how the document is called, a file or an ARN: to know it again where it runs itself.
    func run(_ document: ComponentDocument, named name: String) {
        check(document, chain: [name])
    }

    private func check(_ document: ComponentDocument, chain: [String]) {
        for step in document.phases.flatMap(\.steps) where step.action == .executeDocument {
            guard let target = step.inputs?["document"]?.text else { continue }
            // A document named by a loop's value or a parameter is only known later.
            guard target.expressions.isEmpty else { continue }
            if target.source.hasPrefix("arn:") {
                checkARN(target, step, chain: chain)
            } else if target.source.hasPrefix("s3://") {
                checkBucket(target)
            } else {
                checkLocal(target, step, chain: chain)
            }
        }
    }

    private func error(_ position: SourcePosition, _ message: String, hint: String? = nil) {
        diagnostics.error(at: position, message, hint: hint, rule: .nestedDocument)
    }

    private func checkARN(_ target: Interpolation, _ step: ComponentStep, chain: [String]) {
        guard let arn = try? ImageBuilderARN(target.source) else {
            return error(target.position, "'\(target.source)' is not the ARN of an Image Builder resource")
        }
        guard arn.type == .component else {
            return error(target.position, "the ARN of a nested document names \(arn.type.rawValue), not a component")
        }
        guard let template else { return }
        guard let component = template.components.newest(named: arn) else {
            if isKnown(arn) { return }
            let namesake = template.components.last { $0.arn.name == arn.name }
            return diagnostics.add(
                arn.missing(
                    at: target.position, isBuilt: isBuilt,
                    hint: namesake.map { "the template's is \($0.arn)" }
                        ?? Suggestion.hint(for: arn.name, in: template.components.map(\.arn.name), listing: 0),
                    rule: .nestedDocument))
        }
        follow(component.document, named: "\(component.arn)", target, step, chain: chain)
    }

    private func checkBucket(_ target: Interpolation) {
        let parts = target.source.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count < 2 || parts.contains(where: \.isEmpty) {
            error(target.position, "'\(target.source)' names no object of a bucket", hint: "s3://BUCKET/KEY")
        }
    }

    private func checkLocal(_ target: Interpolation, _ step: ComponentStep, chain: [String]) {
        guard let loaded = try? load?(target.source) else { return }
        guard mayFollow(loaded.file, target, chain: chain) else { return }
        let inner = Diagnostics()
        let nested = ComponentDocument.read(loaded.text, map: .file(loaded.file), inner)
        diagnostics.add(inner.sorted)
        guard let nested, !inner.hasErrors else { return }
        follow(nested, named: loaded.file, target, step, chain: chain)
    }

    private func follow(
        _ nested: ComponentDocument, named name: String, _ target: Interpolation, _ step: ComponentStep, chain: [String]
    ) {
        guard mayFollow(name, target, chain: chain) else { return }
        checkParameters(of: step, nested, target)
        checkPhases(of: step, nested)
        check(nested, chain: chain + [name])
    }

    /// No document may run itself, and none be too deep.
    private func mayFollow(_ name: String, _ target: Interpolation, chain: [String]) -> Bool {
        if let index = chain.firstIndex(of: name) {
            let ring = (chain[index...] + [name]).joined(separator: " → ")
            error(target.position, "the document runs itself: \(ring)")
            return false
        }
        guard chain.count <= Self.mostLevels else {
            error(
                target.position, "documents nest at most \(Self.mostLevels) deep",
                hint: "this is \((chain + [name]).joined(separator: " → "))")
            return false
        }
        return true
    }

    private func checkParameters(of step: ComponentStep, _ nested: ComponentDocument, _ target: Interpolation) {
        let given = (step.inputs?["parameters"]?.elements ?? []).compactMap { $0["name"]?.text }
        let names = nested.parameters.map(\.name)
        for name in given where name.expressions.isEmpty && !names.contains(name.source) {
            diagnostics.warning(
                at: name.position, "the document '\(target.source)' has no parameter '\(name.source)'",
                hint: Suggestion.hint(for: name.source, in: names), rule: .nestedDocument)
        }
        guard given.allSatisfy(\.expressions.isEmpty) else { return }
        for parameter in nested.parameters
        where parameter.defaultValue == nil && !given.contains(where: { $0.source == parameter.name }) {
            error(
                target.position,
                "the parameter '\(parameter.name)' of the document '\(target.source)' has no default and is not given",
                hint: "add it to 'parameters' of the step '\(step.name)'")
        }
    }

    private func checkPhases(of step: ComponentStep, _ nested: ComponentDocument) {
        guard let phases = step.inputs?["phases"]?.text, phases.expressions.isEmpty else { return }
        let names = nested.phases.map(\.name)
        for name in phases.source.split(separator: ",").map({ String($0.trimmingBlanks) }) where !names.contains(name) {
            diagnostics.warning(
                at: phases.position, "the nested document has no phase '\(name)'",
                hint: Suggestion.hint(for: name, in: names), rule: .nestedDocument)
        }
    }
}
