import Documents
import Failures

/// What the documents say of a distribution.
struct WantedDistribution {
    /// nil: no document was given.
    let configuration: DistributionConfiguration?
    let settings: KilnSettings
    private let recipe: ImageRecipe?
    private let pipeline: ImagePipeline?

    /// - Throws: `DocumentFailure` for what is wrong in the documents, and where the pipeline has no distribution.
    init(_ files: [String], _ name: String?, _ options: TemplateOptions) throws {
        guard !files.isEmpty else {
            (configuration, settings, recipe, pipeline) = (nil, .defaults, nil, nil)
            return
        }
        let (template, file) = try options.load(files)
        if name == nil, template.pipelines.isEmpty, template.images.isEmpty, template.distributions.count == 1 {
            // The configuration by itself is enough.
            configuration = template.distributions.first
            settings = KilnSettings([file, template.kiln] + template.distributions.map(\.kiln))
            (recipe, pipeline) = (nil, nil)
            return
        }
        let pipeline = try template.pipeline(name)
        guard let found = template.distribution(of: pipeline) else {
            throw DocumentFailure([
                Diagnostic(
                    .error, at: pipeline.position, "the pipeline '\(pipeline.name)' has no distribution configuration",
                    hint: "give it a DistributionConfigurationArn")
            ])
        }
        configuration = found
        settings = template.settings(for: pipeline, file: file)
        recipe = template.recipe(of: pipeline)
        self.pipeline = pipeline
    }

    /// What Image Builder would call the image.
    func arn(build: Int) -> ImageBuilderARN? {
        guard let recipe, let pipeline else { return nil }
        let arn = pipeline.recipe.arn
        return ImageBuilderARN(
            partition: arn.partition, region: arn.region, account: arn.account, type: .image,
            name: ImageBuilderARN.resourceName(recipe.name), version: arn.version, build: build)
    }
}
