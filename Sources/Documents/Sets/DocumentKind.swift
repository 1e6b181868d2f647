/// What a file holds, told by its keys.
public enum DocumentKind: Sendable, Hashable {
    /// A CloudFormation template.
    case template
    /// A component document by itself.
    case component
    /// A workflow document by itself.
    case workflow
    /// `kiln.yaml`.
    case settings
    /// `images/catalog.yaml`.
    case imageCatalog
    /// What `aws imagebuilder create-… --cli-input-json` takes.
    case commandInput(CommandInput)

    /// Nil for a text that is none of these, or cannot be read.
    public static func detect(text: String, file: String) -> DocumentKind? {
        let reader = DocumentReader(dialect: .template, map: .file(file), diagnostics: Diagnostics())
        return reader.read(text).flatMap(detect)
    }

    /// Whether a text is surely meant as a component document, without reading it whole: a line begins with one of its
    /// keys, and none with a template's or a workflow's.
    static func looksLikeComponent(_ text: String) -> Bool {
        var found = false
        for line in text.utf8.split(separator: 0x0A) {
            if line.starts(with: "Resources".utf8) || line.starts(with: "AWSTemplateFormatVersion".utf8)
                || line.starts(with: "steps:".utf8)
            {
                return false
            }
            found = found || line.starts(with: "phases:".utf8) || line.starts(with: "schemaVersion:".utf8)
        }
        return found
    }

    static func detect(_ root: DocumentNode) -> DocumentKind? {
        let keys = Set(root.entries?.map(\.key) ?? [])
        if !keys.isDisjoint(with: ["Resources", "AWSTemplateFormatVersion"]) { return .template }
        if keys.contains("steps"), !keys.contains("phases") { return .workflow }
        if !keys.isDisjoint(with: ["phases", "schemaVersion"]) { return .component }
        if let input = CommandInput.allCases.first(where: { keys.isSuperset(of: $0.telling) }) {
            return .commandInput(input)
        }
        if keys.contains("images") { return .imageCatalog }
        if !keys.isDisjoint(with: KilnSettings.Layer.keys) { return .settings }
        return nil
    }
}

/// The commands of the AWS CLI whose input is a document.
public enum CommandInput: String, Sendable, Hashable, CaseIterable {
    case createComponent = "create-component"
    case createImageRecipe = "create-image-recipe"
    case createInfrastructureConfiguration = "create-infrastructure-configuration"
    case createDistributionConfiguration = "create-distribution-configuration"
    case createImagePipeline = "create-image-pipeline"
    case createWorkflow = "create-workflow"
    case createLifecyclePolicy = "create-lifecycle-policy"

    /// The keys by which one is told from the others.
    var telling: Set<String> {
        switch self {
        case .createComponent: ["semanticVersion", "platform"]
        case .createImageRecipe: ["semanticVersion", "parentImage"]
        case .createInfrastructureConfiguration: ["instanceProfileName"]
        case .createDistributionConfiguration: ["distributions"]
        case .createImagePipeline: ["infrastructureConfigurationArn"]
        case .createWorkflow: ["semanticVersion", "type"]
        case .createLifecyclePolicy: ["policyDetails", "resourceSelection"]
        }
    }

    public var resourceType: ResourceType {
        switch self {
        case .createComponent: .component
        case .createImageRecipe: .imageRecipe
        case .createInfrastructureConfiguration: .infrastructureConfiguration
        case .createDistributionConfiguration: .distributionConfiguration
        case .createImagePipeline: .imagePipeline
        case .createWorkflow: .workflow
        case .createLifecyclePolicy: .lifecyclePolicy
        }
    }
}
