/// Files that are read together, so that everything wrong with any of them is told in one run.
///
/// Add the files, then `resolve` to build from them, or `validate` to only hear what is wrong.
public struct DocumentSet: Sendable {
    /// CloudFormation templates.
    public private(set) var templates: [Template] = []
    /// Component documents by themselves, with their files.
    public private(set) var components: [(file: String, document: ComponentDocument)] = []
    /// Workflow documents by themselves, with their files.
    public private(set) var workflows: [(file: String, document: WorkflowDocument)] = []
    /// `kiln.yaml`; a later file's settings win.
    public private(set) var settings: [KilnSettings.Layer] = []
    /// `images/catalog.yaml`; an earlier file's entries are asked first.
    public private(set) var catalog = ParentCatalog(entries: [])
    /// The inputs of AWS CLI commands, together one template.
    private var inputs: [TemplateResource] = []
    private var inputsFile: String?
    /// What is wrong with the files read so far, templates' resources apart.
    public private(set) var diagnostics: [Diagnostic] = []

    public init() {}

    /// Reads a file of any kind; its problems are kept.
    public mutating func add(bytes: [UInt8], file: String) {
        do {
            add(text: try SourceText.decode(bytes, file: file), file: file)
        } catch {
            diagnostics += error.diagnostics
        }
    }

    public mutating func add(text: String, file: String) {
        if DocumentKind.looksLikeComponent(text) { return addComponent(text, file) }
        let collector = Diagnostics()
        // Templates have the wider syntax; what kind of file this is has to be known before it is checked.
        let reader = DocumentReader(dialect: .template, map: .file(file), diagnostics: collector)
        guard let root = reader.read(text) else {
            diagnostics += collector.sorted
            return
        }
        do throws(DocumentFailure) {
            switch DocumentKind.detect(root) {
            case .template:
                templates.append(try Template.parse(text: text, file: file))
            case .component:
                addComponent(text, file)
            case .workflow:
                let document = try WorkflowDocument.parse(text: text, file: file)
                workflows.append((file, document))
                diagnostics += document.warnings
            case .settings:
                settings.append(try KilnSettings.Layer.parse(text: text, file: file))
            case .imageCatalog:
                catalog = catalog.followed(by: try ParentCatalog.parse(text: text, file: file))
            case .commandInput(let input):
                diagnostics += collector.sorted
                add(input, root)
            case nil:
                throw DocumentFailure([Self.unknown(root)])
            }
        } catch {
            diagnostics += error.diagnostics
        }
    }

    /// Reads a component document that is to run on a system of `platform`; another kind of document is a problem.
    public mutating func add(component text: String, file: String, platform: Platform) {
        if let kind = DocumentKind.detect(text: text, file: file), kind != .component {
            let what = kind == .template ? "a template" : "another kind of document"
            diagnostics.append(
                Diagnostic(
                    .error, at: .start(of: file), "this is \(what), expected a component document",
                    hint: "a component document has 'schemaVersion' and 'phases'"))
            return
        }
        addComponent(text, file, platform)
    }

    private mutating func addComponent(_ text: String, _ file: String, _ platform: Platform? = nil) {
        do {
            let document = try ComponentDocument.parse(text: text, file: file, platform: platform)
            components.append((file, document))
            diagnostics += document.warnings
        } catch {
            diagnostics += error.diagnostics
        }
    }

    private mutating func add(_ input: CommandInput, _ root: DocumentNode) {
        inputsFile = inputsFile ?? root.position.file
        // A name for messages and references; CloudFormation's logical IDs have letters and digits only.
        let base = (root["name"]?.text ?? input.rawValue).filter { $0.isLetter || $0.isNumber }
        let taken = inputs.count { $0.logicalID.hasPrefix(base) }
        inputs.append(
            TemplateResource(
                logicalID: taken == 0 ? base : "\(base)\(taken + 1)", type: input.resourceType.rawValue,
                properties: root, condition: nil, dependsOn: [], kiln: .init(), position: root.position, keys: .api))
    }

    private static func unknown(_ root: DocumentNode) -> Diagnostic {
        guard root.entries != nil else {
            return Diagnostic(.error, at: root.position, "a document must be a mapping, found \(root.kind)")
        }
        return Diagnostic(
            .error, at: root.position, "this is no document that Kiln knows",
            hint: "a template has 'Resources', a component 'schemaVersion' and 'phases'")
    }

    /// The settings of the set's `kiln.yaml` files over the defaults.
    public var kilnSettings: KilnSettings { KilnSettings(settings) }

    /// The documents that the settings, wherever in the set they stand, name for components; the nearer ones first.
    public var componentFiles: [KilnSettings.ComponentFile] {
        let layers = templates.flatMap { $0.resources.map(\.kiln) + [$0.kiln] } + settings.reversed()
        return layers.flatMap { $0.componentFiles ?? [] }
    }

    /// The templates of the set, computed for a context; the inputs of AWS CLI commands make one more.
    ///
    /// Throws every problem of every file of the set.
    public func resolve(_ context: TemplateContext = TemplateContext()) throws(DocumentFailure) -> [ResolvedTemplate] {
        let (resolved, problems) = resolveAll(context)
        if problems.contains(where: { $0.severity == .error }) { throw DocumentFailure(problems) }
        return resolved
    }

    /// Everything wrong with the set, warnings included; parameters without values and resources that are not on this machine
    /// are no errors here.
    ///
    /// - Parameter strict: also what AWS takes and what is likely wrong.
    public func validate(_ context: TemplateContext = TemplateContext(), strict: Bool = false) -> [Diagnostic] {
        var context = context
        context.allowsMissingParameters = true
        context.allowsMissingResources = true
        let (resolved, problems) = resolveAll(context)
        guard strict else { return problems }
        let found =
            components.flatMap { $0.document.lint() }
            + resolved.flatMap { template in
                template.components.filter { !$0.isOutside }.flatMap { $0.lint(hiding: template.secrets) }
            }
        return (problems + found).sorted { $0.position < $1.position }
    }

    private func resolveAll(_ context: TemplateContext) -> (resolved: [ResolvedTemplate], problems: [Diagnostic]) {
        var resolved: [ResolvedTemplate] = []
        var problems = diagnostics
        let nested = Diagnostics()
        var check = NestedDocumentCheck(load: context.loadComponent, diagnostics: nested)
        let stored = StoredParameterCheck(names: Set(kilnSettings.storedParameters.keys), diagnostics: nested)
        for (file, document) in components {
            check.run(document, named: file)
            stored.run(document)
        }
        for template in allTemplates {
            do {
                let result = try template.resolve(context)
                resolved.append(result)
                problems += result.warnings
            } catch {
                problems += error.diagnostics
            }
        }
        if let isKnown = context.isKnown { check.isKnown = isKnown }
        check.isBuilt = !context.allowsMissingResources
        for template in resolved {
            check.template = template
            let stored = StoredParameterCheck(
                names: stored.names.union(template.storedParameterNames), diagnostics: nested)
            for component in template.components {
                check.run(component.document, named: "\(component.arn)")
                stored.run(component.document)
            }
        }
        // What is wrong in a document that several run is told once.
        var told: Set<Diagnostic> = []
        return (resolved, problems + nested.sorted.filter { told.insert($0).inserted })
    }

    var allTemplates: [Template] { templates + commandInputs }

    private var commandInputs: [Template] {
        guard let file = inputsFile else { return [] }
        return [
            Template(
                file: file, description: nil, parameters: [], resources: inputs, outputs: [], mappings: [],
                conditions: [], kiln: .init(), diagnostics: [])
        ]
    }
}
