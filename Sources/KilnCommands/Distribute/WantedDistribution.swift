import Documents
import Failures

/// What the documents say of a distribution.
struct WantedDistribution: Sendable {
    /// nil: no document was given.
    let configuration: DistributionConfiguration?
    let settings: KilnSettings
    private let recipe: ImageRecipe?
    private let pipeline: ImagePipeline?

    /// - Throws: `DocumentFailure` for what is wrong in the documents, and where the pipeline has no distribution.
    init(_ files: [String], _ name: String?, _ options: TemplateOptions) async throws {
        guard !files.isEmpty else {
            self.init(nil, .defaults)
            return
        }
        let (template, file) = try await options.load(files)
        if name == nil, template.pipelines.isEmpty, template.images.isEmpty, template.distributions.count == 1 {
            // The configuration by itself is enough.
            self.init(
                template.distributions.first,
                KilnSettings([file, template.kiln] + template.distributions.map(\.kiln)))
            return
        }
        try self.init(template, try template.pipeline(name), file)
    }

    /// Of a pipeline.
    ///
    /// - Throws: `DocumentFailure` where it has none.
    init(_ template: ResolvedTemplate, _ pipeline: ImagePipeline, _ file: KilnSettings.Layer) throws(DocumentFailure) {
        guard let found = template.distribution(of: pipeline) else {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: pipeline.position, "the pipeline '\(pipeline.name)' has no distribution configuration",
                    hint: "give it a DistributionConfigurationArn")
            ])
        }
        self.init(found, template.settings(for: pipeline, file: file), template.recipe(of: pipeline), pipeline)
    }

    private init(
        _ configuration: DistributionConfiguration?, _ settings: KilnSettings, _ recipe: ImageRecipe? = nil,
        _ pipeline: ImagePipeline? = nil
    ) {
        (self.configuration, self.settings, self.recipe, self.pipeline) = (configuration, settings, recipe, pipeline)
    }

    /// Of the recipe.
    var watermarks: [String] { recipe?.amiWatermarks ?? [] }

    /// What Image Builder would call the image.
    func arn(build: Int) -> ImageBuilderARN? {
        guard let recipe, let pipeline else { return nil }
        let arn = pipeline.recipe.arn
        return ImageBuilderARN(
            partition: arn.partition, region: arn.region, account: arn.account, type: .image,
            name: ImageBuilderARN.resourceName(recipe.name), version: arn.version, build: build)
    }
}
