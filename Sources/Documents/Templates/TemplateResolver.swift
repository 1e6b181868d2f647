/// Computes a template in a context: parameters, conditions, functions, and the typed resources they lead to.
///
/// Serves one resolution; it holds what has been computed so far.
final class TemplateResolver {
    let template: Template
    let context: TemplateContext
    let diagnostics = Diagnostics()
    /// Values of the parameters, before a reference gives them its place.
    var parameterValues: [String: ParameterValue] = [:]
    /// Conditions computed so far; nil while one is being computed.
    var conditionValues: [String: Bool?] = [:]
    /// Names of Image Builder resources computed so far; nil while one is being computed.
    var identities: [String: ImageBuilderARN?] = [:]
    /// Resources that others have and that are to be had here.
    let outside: [TemplateResource]
    /// Resources that exist: those whose condition holds.
    private(set) var existing: [String: TemplateResource] = [:]

    init(_ template: Template, _ context: TemplateContext) {
        self.template = template
        self.context = context
        outside = context.outside.map(\.resource)
        diagnostics.add(template.diagnostics)
    }

    func resolve() -> ResolvedTemplate? {
        checkContext()
        bindParameters()
        ReferenceCheck(template: template, diagnostics: diagnostics).run()
        for entry in template.conditions { _ = condition(entry.key, at: entry.keyPosition) }
        for resource in template.resources where exists(resource) { existing[resource.logicalID] = resource }
        for resource in outside {
            existing[resource.logicalID] = resource
            for secret in resource.outside?.secrets ?? [] { diagnostics.hide(secret) }
        }

        var result = ResolvedTemplate(file: template.file, kiln: template.kiln)
        let components = resources(.component, Component.init)
        result.components = components
        checkSameNames()
        result.workflows = resources(.workflow, Workflow.init)
        let links = ResourceLinks(resolver: self, components: components, workflows: result.workflows)
        result.recipes = resources(.imageRecipe) { ImageRecipe($0, links: links) }
        result.infrastructures = resources(.infrastructureConfiguration, InfrastructureConfiguration.init)
        result.distributions = resources(.distributionConfiguration, DistributionConfiguration.init)
        result.pipelines = resources(.imagePipeline) { ImagePipeline($0, links: links) }
        let pipelines = result.pipelines
        var driven: [String: String] = [:]
        result.images = resources(.image) { reader in
            guard reader.properties.has(DrivenImage.settings) else { return ImagePipeline(reader, links: links) }
            driven[reader.resource.logicalID] = DrivenImage(reader, pipelines: pipelines).pipeline
            return nil
        }
        result.drivenImages = driven
        result.lifecyclePolicies = resources(.lifecyclePolicy, LifecyclePolicy.init)
        result.outputs = outputs()
        result.secrets = diagnostics.secrets
        result.warnings = diagnostics.sorted
        return diagnostics.hasErrors ? nil : result
    }

    private func exists(_ resource: TemplateResource) -> Bool {
        resource.condition.map { condition($0.value, at: $0.position) ?? true } ?? true
    }

    /// Reads the resources of a type, their functions computed.
    private func resources<Resource>(_ type: ResourceType, _ read: (ResourceReader) -> Resource?) -> [Resource] {
        (template.resources + outside).compactMap { resource in
            guard existing[resource.logicalID] != nil, resource.type == type.rawValue else { return nil }
            let none = DocumentNode(.mapping([]), at: resource.position)
            let written = resource.properties ?? none
            // Functions are CloudFormation's; the API takes values.
            let properties = resource.keys == .api ? written : evaluate(written) ?? none
            let subject = "\(resource.logicalID) (\(type.rawValue))"
            let values = resource.keys == .api ? ValueReader.commandInput(diagnostics) : .template(diagnostics)
            guard let reader = MappingReader(properties, subject, values) else { return nil }
            if resource.keys == .api { reader.skip("ClientToken", "DryRun") }
            defer { reader.finish() }
            return read(ResourceReader(resource: resource, properties: reader, resolver: self))
        }
    }

    private func checkContext() {
        let start = SourcePosition.start(of: template.file)
        if !ImageBuilderARN.isAccountID(context.accountID) {
            diagnostics.error(at: start, "the account '\(context.accountID)' is not an account ID of 12 digits")
        }
        for name in context.parameters.keys.sorted() where template.parameter(name) == nil {
            diagnostics.error(
                at: start, "the template has no parameter '\(name)'",
                hint: Suggestion.hint(for: name, in: template.parameters.map(\.name)))
        }
    }

    /// Two resources of one type with one name (and version) cannot both be made.
    private func checkSameNames() {
        var first: [String: TemplateResource] = [:]
        for resource in template.resources where existing[resource.logicalID] != nil {
            guard let arn = identity(of: resource) else { continue }
            if let other = first.updateValue(resource, forKey: arn.description) {
                diagnostics.error(
                    at: resource.position, "\(resource.logicalID) has the same name and version as \(other.logicalID)",
                    hint: "that one is on line \(other.position.line)")
            }
        }
    }

    private func outputs() -> [ResolvedTemplate.Output] {
        template.outputs.compactMap { output in
            if let condition = output.condition, self.condition(condition.value, at: condition.position) == false {
                return nil
            }
            guard let node = evaluate(output.value), let text = node.text else { return nil }
            return ResolvedTemplate.Output(name: output.name, description: output.description, value: text)
        }
    }
}

extension Template {
    /// Computes the template for a context.
    ///
    /// Throws every problem of the template and of the component documents in it.
    public func resolve(_ context: TemplateContext = TemplateContext()) throws(DocumentFailure) -> ResolvedTemplate {
        let resolver = TemplateResolver(self, context)
        guard let result = resolver.resolve() else { throw DocumentFailure(resolver.diagnostics.sorted) }
        return result
    }
}
