/// What Image Builder has, by the words of its ARNs.
public enum ResourceKind: String, Sendable, Hashable, Codable, CaseIterable {
    case component
    case imageRecipe = "image-recipe"
    case containerRecipe = "container-recipe"
    case infrastructureConfiguration = "infrastructure-configuration"
    case distributionConfiguration = "distribution-configuration"
    case imagePipeline = "image-pipeline"
    case image
    case workflow
    case lifecyclePolicy = "lifecycle-policy"

    /// Whether a version is part of its ARN.
    public var isVersioned: Bool {
        switch self {
        case .component, .image, .imageRecipe, .containerRecipe, .workflow: true
        case .infrastructureConfiguration, .distributionConfiguration, .imagePipeline, .lifecyclePolicy: false
        }
    }

    /// Whether a version is made of builds, which the service counts.
    public var hasBuilds: Bool {
        switch self {
        case .component, .image, .workflow: true
        case .imageRecipe, .containerRecipe, .infrastructureConfiguration, .distributionConfiguration, .imagePipeline,
            .lifecyclePolicy:
            false
        }
    }

    /// For messages: "an image recipe", "a component".
    public var phrase: String {
        let words = rawValue.replacing("-", with: " ")
        return ("aeiou".contains(words.prefix(1)) ? "an " : "a ") + words
    }
}
