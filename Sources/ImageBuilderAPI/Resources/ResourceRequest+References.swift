import Store

extension ResourceRequest {
    /// The ARNs of a recipe's components, in its order.
    public var componentReferences: [String] {
        (self["components"]?.elements ?? []).compactMap { $0["componentArn"]?.text }
    }

    /// A recipe's parent, where it is named as an image of the service.
    public var parentReference: String? {
        text("parentImage").flatMap { $0.hasPrefix("arn:") && $0.contains(":imagebuilder:") ? $0 : nil }
    }

    /// The recipe of a pipeline.
    public var recipeReference: String? { text("imageRecipeArn") ?? text("containerRecipeArn") }

    /// What it needs, and what needs to stay for it.
    func references(_ around: Surroundings) -> [String] {
        switch kind {
        case .imageRecipe, .containerRecipe:
            // Amazon's own images are found by the catalogue of base images when a build begins.
            return componentReferences + (around.parent == nil ? [] : [parentReference].compactMap { $0 })
        case .imagePipeline: return Self.parts(of: .object(members))
        default: return []
        }
    }

    /// What an image is made by, as a pipeline names it, or a request for an image.
    static func parts(of settings: JSONValue) -> [String] {
        let own = [
            "imageRecipeArn", "containerRecipeArn", "infrastructureConfigurationArn", "distributionConfigurationArn",
        ]
        let workflows = (settings["workflows"]?.elements ?? []).compactMap { $0["workflowArn"]?.text }
        // Amazon's own workflows come with Kiln.
        return own.compactMap { settings[$0]?.text } + workflows.filter { !ResourceARN.isManagedWorkflow($0) }
    }
}
