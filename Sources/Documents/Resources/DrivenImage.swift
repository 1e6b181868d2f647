/// An `AWS::ImageBuilder::Image` that takes all from a pipeline (`ImagePipelineExecutionSettings`): its build is the pipeline's.
struct DrivenImage {
    static let settings = "ImagePipelineExecutionSettings"

    /// The pipeline of the template, by its logical ID; nil where the deployment is none of them.
    let pipeline: String?

    init(_ reader: ResourceReader, pipelines: [ImagePipeline]) {
        let properties = reader.properties
        let deployment = properties.mapping(Self.settings) { settings in
            _ = settings.bool("OnUpdate")
            return settings.positionedString("DeploymentId", required: true)
        }
        for key in [
            "ImageRecipeArn", "ContainerRecipeArn", "InfrastructureConfigurationArn", "DistributionConfigurationArn",
        ]
        where properties.has(key) {
            reader.diagnostics.error(
                at: properties.keyPosition(key), "\(properties.subject) has '\(key)' and '\(Self.settings)'",
                hint: "the pipeline has it")
        }
        properties.skip(
            "ContainerRecipeArn", "DeletionSettings", "DistributionConfigurationArn", "EnhancedImageMetadataEnabled",
            "ExecutionRole", "ImageRecipeArn", "ImageScanningConfiguration", "ImageTestsConfiguration",
            "InfrastructureConfigurationArn", "LoggingConfiguration", "Tags", "Workflows")
        reader.readOnly("Arn", "ImageId", "ImageUri", "LatestVersion", "Name")
        pipeline = pipelines.first { reader.resolver.deploymentID(of: $0.logicalID) == deployment?.value }?.logicalID
        if let deployment, pipeline == nil {
            reader.diagnostics.warning(
                at: deployment.position, "no pipeline of the template has the deployment '\(deployment.value)'",
                hint: "!GetAtt PIPELINE.DeploymentId")
        }
    }
}
