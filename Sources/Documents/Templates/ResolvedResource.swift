/// An Image Builder resource of a template with its properties computed and otherwise as they are written: for whoever passes
/// them on, as the API's or the store's.
public struct ResolvedResource: Sendable {
    public let logicalID: String
    public let type: ResourceType
    /// What `Ref` gives to others; nil for images, whose version is their recipe's.
    public let arn: ImageBuilderARN?
    public let properties: DocumentNode
    /// Whether the properties have the API's names already: the input of an AWS CLI command.
    public let isCommandInput: Bool
    /// Of the logical ID.
    public let position: SourcePosition

    /// Whether all of its values are known; parameters without one are let pass by a validation.
    public var isWhole: Bool { properties.isWhole }
}

extension DocumentNode {
    fileprivate var isWhole: Bool {
        if isUnresolved { return false }
        return (elements ?? entries?.map(\.value) ?? []).allSatisfy(\.isWhole)
    }
}

extension Template {
    /// The resources of Image Builder that exist in a context, in the order of the template.
    ///
    /// Throws every problem of the template, as `resolve` does.
    public func resources(in context: TemplateContext) throws(DocumentFailure) -> [ResolvedResource] {
        let resolver = TemplateResolver(self, context)
        guard resolver.resolve() != nil else { throw DocumentFailure(resolver.diagnostics.sorted) }
        return resources.compactMap { resource in
            guard resolver.existing[resource.logicalID] != nil, let type = ResourceType(rawValue: resource.type) else {
                return nil
            }
            let written = resource.properties ?? DocumentNode(.mapping([]), at: resource.position)
            let isInput = resource.keys == .api
            return ResolvedResource(
                logicalID: resource.logicalID, type: type, arn: resolver.identity(of: resource),
                properties: isInput ? written : resolver.evaluate(written) ?? written, isCommandInput: isInput,
                position: resource.position)
        }
    }
}

extension DocumentSet {
    /// The resources of all templates of the set and of the inputs of AWS CLI commands.
    ///
    /// Throws every problem of every file of the set.
    public func resources(in context: TemplateContext) throws(DocumentFailure) -> [ResolvedResource] {
        _ = try resolve(context)
        var resources: [ResolvedResource] = []
        for template in allTemplates { resources += try template.resources(in: context) }
        return resources
    }
}
