import Documents

/// What documents mark as secret, wherever they do: a value that another place overrides is one too.
enum BundleSecrets {
    /// - Parameter template: what the documents make, by which a component's parameters have values.
    static func values(of documents: DocumentSet, resolved template: ResolvedTemplate) -> Set<String> {
        let layers =
            documents.settings + documents.templates.flatMap { [$0.kiln] + $0.resources.map(\.kiln) }
            + [template.kiln] + template.recipes.map(\.kiln) + (template.pipelines + template.images).map(\.kiln)
        let stored = layers.flatMap { $0.storedParameters.map { Array($0.values) } ?? [] }
        let names = Set(layers.flatMap { $0.secretParameters ?? [] })
        let given = template.recipes.flatMap(\.components).flatMap { use in
            let values = use.parameters.mapValues { $0.joined(separator: ",") }
            guard case .template(let logicalID, _) = use.reference, let component = template.component(logicalID) else {
                return use.parameters.filter { names.contains($0.key) }.flatMap(\.value)
            }
            return component.document.values(of: names, given: values)
                + use.parameters.filter { names.contains($0.key) }.flatMap(\.value)
        }
        let all = template.secrets.union(stored.filter(\.isSecret).map(\.value)).union(given)
        return all.filter { !$0.isEmpty }
    }
}
