/// A reference from one resource to another.
public struct ResourceReference: Sendable, Hashable {
    public let arn: ImageBuilderARN
    /// The resource of the template that is meant; nil if it is outside of it.
    public let logicalID: String?
    public let position: SourcePosition
}

/// A component as a recipe names it.
public enum ComponentReference: Sendable, Hashable {
    /// In the template.
    case template(logicalID: String, arn: ImageBuilderARN)
    /// Amazon's, or a marketplace's: for a catalog to find.
    case managed(ImageBuilderARN)
    /// Of an account, built earlier.
    case registered(ImageBuilderARN)

    public var arn: ImageBuilderARN {
        switch self {
        case .template(_, let arn), .managed(let arn), .registered(let arn): arn
        }
    }
}

/// Follows ARNs to the resources of the template.
struct ResourceLinks {
    let resolver: TemplateResolver
    let components: [Component]
    let workflows: [Workflow]

    private var diagnostics: Diagnostics { resolver.diagnostics }

    /// Reads an ARN of a type; what is no such ARN, or leads nowhere, is reported.
    func reference(_ text: Positioned<String>, to type: ImageBuilderARN.ResourceType) -> ResourceReference? {
        let arn: ImageBuilderARN
        do {
            arn = try ImageBuilderARN(text.value)
        } catch {
            diagnostics.error(at: text.position, error.description)
            return nil
        }
        guard arn.type == type else {
            diagnostics.error(
                at: text.position, "'\(text.value)' names \(arn.type.phrase), expected \(type.phrase)")
            return nil
        }
        let found = newest(matching: arn)
        if found == nil, !isKnown(arn) {
            let own = declared(type, in: resolver.template.resources).map(\.arn)
            let namesake = own.last { $0.name == arn.name }
            diagnostics.add(
                arn.missing(
                    at: text.position, isBuilt: !resolver.context.allowsMissingResources,
                    hint: namesake.map { "the template's is \($0)" }
                        ?? Suggestion.hint(for: arn.name, in: Set(own.map(\.name)).sorted(), listing: 0),
                    rule: .reference))
        }
        return ResourceReference(arn: found?.arn ?? arn, logicalID: found?.resource.logicalID, position: text.position)
    }

    func component(_ text: Positioned<String>) -> ComponentReference? {
        guard let reference = reference(text, to: .component) else { return nil }
        if let id = reference.logicalID { return .template(logicalID: id, arn: reference.arn) }
        guard reference.arn.version != nil else {
            diagnostics.error(
                at: text.position, "'\(text.value)' has no version",
                hint: "x.x.x is the newest: …/\(reference.arn.name)/x.x.x")
            return nil
        }
        return reference.arn.isManaged ? .managed(reference.arn) : .registered(reference.arn)
    }

    private func isKnown(_ arn: ImageBuilderARN) -> Bool {
        resolver.context.isKnown?(arn) ?? arn.isManaged
    }

    private func declared(
        _ type: ImageBuilderARN.ResourceType, in resources: [TemplateResource]
    ) -> [(resource: TemplateResource, arn: ImageBuilderARN)] {
        resources.compactMap { resource in
            guard let arn = resolver.identity(of: resource), arn.type == type else { return nil }
            return (resource, arn)
        }
    }

    /// The newest resource of the template that an ARN, perhaps with wildcards, means; else the newest of those outside of it,
    /// whose builds are told apart.
    private func newest(matching arn: ImageBuilderARN) -> (resource: TemplateResource, arn: ImageBuilderARN)? {
        for resources in [resolver.template.resources, resolver.outside] {
            let named = declared(arn.type, in: resources).filter { arn.names($0.arn) }
            let built = named.filter { arn.build != nil && $0.arn.build == arn.build }
            let newest = (built.isEmpty ? named : built).max { left, right in
                guard let first = left.arn.version?.exact, let second = right.arn.version?.exact else { return false }
                return (first, left.arn.build ?? 0) < (second, right.arn.build ?? 0)
            }
            if let newest { return newest }
        }
        return nil
    }
}
