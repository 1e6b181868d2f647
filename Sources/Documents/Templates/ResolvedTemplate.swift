/// A template in a context: what is to be built, with every reference followed.
public struct ResolvedTemplate: Sendable {
    public struct Output: Sendable, Hashable {
        public let name: String
        public let description: String?
        public let value: String
    }

    public let file: String
    public internal(set) var components: [Component] = []
    public internal(set) var recipes: [ImageRecipe] = []
    public internal(set) var workflows: [Workflow] = []
    public internal(set) var infrastructures: [InfrastructureConfiguration] = []
    public internal(set) var distributions: [DistributionConfiguration] = []
    public internal(set) var pipelines: [ImagePipeline] = []
    /// The template's images: pipelines that run once.
    public internal(set) var images: [ImagePipeline] = []
    /// Images that pipelines of the template make, by their logical IDs: those of the pipelines.
    public internal(set) var drivenImages: [String: String] = [:]
    public internal(set) var lifecyclePolicies: [LifecyclePolicy] = []
    public internal(set) var outputs: [Output] = []
    /// `Metadata: Kiln:` of the template itself.
    public let kiln: KilnSettings.Layer
    /// Values of `NoEcho` parameters, which must not be shown or logged.
    public internal(set) var secrets: Set<String> = []
    /// What is worth a look and stops nothing.
    public internal(set) var warnings: [Diagnostic] = []

    init(file: String, kiln: KilnSettings.Layer) {
        self.file = file
        self.kiln = kiln
    }
}

extension ResolvedTemplate {
    /// A pipeline by its logical ID or its name; without either, the only one there is. A template without a pipeline
    /// may have an image instead.
    ///
    /// Throws one diagnostic that lists the pipelines.
    public func pipeline(_ name: String? = nil) throws(DocumentFailure) -> ImagePipeline {
        if let name {
            let all = pipelines + images
            let wanted = drivenImages[name] ?? name
            if let pipeline = all.first(where: { $0.logicalID == wanted || $0.name == wanted }) { return pipeline }
            throw DocumentFailure([
                Diagnostic(
                    .error, at: .start(of: file), "the template has no pipeline '\(name)'",
                    hint: Suggestion.hint(for: name, in: all.map(\.logicalID)))
            ])
        }
        let candidates = try builds()
        guard candidates.count == 1 else {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: candidates[1].position, "the template has \(candidates.count) pipelines",
                    hint: "choose one with --pipeline: \(Suggestion.oneOf(candidates.map(\.logicalID)))")
            ])
        }
        return candidates[0]
    }

    /// All that can be built: the pipelines, or the images where there are none; at least one.
    ///
    /// Throws one diagnostic where there is nothing.
    public func builds() throws(DocumentFailure) -> [ImagePipeline] {
        let candidates = pipelines.isEmpty ? images : pipelines
        guard !candidates.isEmpty else {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: .start(of: file), "the template has no pipeline",
                    hint: "add a resource of type AWS::ImageBuilder::ImagePipeline")
            ])
        }
        return candidates
    }

    public func component(_ logicalID: String) -> Component? {
        components.first { $0.logicalID == logicalID }
    }

    public func workflow(_ logicalID: String) -> Workflow? {
        workflows.first { $0.logicalID == logicalID }
    }

    /// The recipe of a pipeline, if it is in the template.
    public func recipe(of pipeline: ImagePipeline) -> ImageRecipe? {
        recipes.first { $0.logicalID == pipeline.recipe.logicalID }
    }

    /// The recipe of a pipeline that is to be built.
    ///
    /// Throws one diagnostic where it is not in the template.
    public func recipeToBuild(of pipeline: ImagePipeline) throws(DocumentFailure) -> ImageRecipe {
        if let recipe = recipe(of: pipeline) { return recipe }
        throw DocumentFailure([
            Diagnostic(
                .error, at: pipeline.recipe.position, "the recipe \(pipeline.recipe.arn) is not in the template",
                hint: "add it as a resource of type AWS::ImageBuilder::ImageRecipe")
        ])
    }

    public func infrastructure(of pipeline: ImagePipeline) -> InfrastructureConfiguration? {
        infrastructures.first { $0.logicalID == pipeline.infrastructure.logicalID }
    }

    public func distribution(of pipeline: ImagePipeline) -> DistributionConfiguration? {
        distributions.first { $0.logicalID == pipeline.distribution?.logicalID }
    }

    /// The settings for a pipeline's build: the defaults, `kiln.yaml`, then the metadata of the template, the
    /// infrastructure, the distribution, the recipe and the pipeline, the later ones winning.
    public func settings(for pipeline: ImagePipeline, file: KilnSettings.Layer = .init()) -> KilnSettings {
        let resources = [
            infrastructure(of: pipeline)?.kiln, distribution(of: pipeline)?.kiln, recipe(of: pipeline)?.kiln,
            pipeline.kiln,
        ]
        return KilnSettings([file, kiln] + resources.compactMap { $0 })
    }

    /// The names of the Parameter Store to which the metadata of any of its resources gives a value.
    var storedParameterNames: Set<String> {
        let layers =
            [kiln] + infrastructures.map(\.kiln) + distributions.map(\.kiln) + recipes.map(\.kiln)
            + (pipelines + images).map(\.kiln)
        return Set(layers.flatMap { $0.storedParameters?.keys.map(\.self) ?? [] })
    }

    /// A text without the values of `NoEcho` parameters.
    public func redacted(_ text: String) -> String {
        secrets.sorted { $0.count > $1.count }.reduce(text) { $0.replacing($1, with: "****") }
    }
}
