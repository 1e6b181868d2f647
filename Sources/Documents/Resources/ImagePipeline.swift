/// An `AWS::ImageBuilder::ImagePipeline`; or an `AWS::ImageBuilder::Image`, which is a pipeline that runs once.
public struct ImagePipeline: Sendable, Hashable {
    public enum Status: String, Sendable, Hashable, CaseIterable {
        case enabled = "ENABLED"
        case disabled = "DISABLED"
    }

    public struct Schedule: Sendable, Hashable {
        public enum StartCondition: String, Sendable, Hashable, CaseIterable {
            case expressionMatchOnly = "EXPRESSION_MATCH_ONLY"
            case dependencyUpdates = "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
        }

        /// `cron(…)` or `rate(…)`.
        public let expression: String?
        /// Only in the API's form of the document; UTC if nil.
        public let timezone: String?
        public let startCondition: StartCondition
        /// How many failures in a row disable the pipeline.
        public let autoDisableFailureCount: Int?
    }

    public let logicalID: String
    /// Of the pipeline, or of the first build of the image.
    public let arn: ImageBuilderARN
    /// An image has none of its own: its recipe's.
    public let name: String
    public let description: String?
    public let recipe: ResourceReference
    public let infrastructure: ResourceReference
    public let distribution: ResourceReference?
    public let testsEnabled: Bool
    /// For the whole test stage; 60 to 1,440.
    public let testTimeoutMinutes: Int
    public let schedule: Schedule?
    public let status: Status
    public let enhancedImageMetadataEnabled: Bool
    /// Empty: Amazon's own.
    public let workflows: [WorkflowUse]
    public let executionRole: String?
    public let tags: [String: String]
    /// For the images that the pipeline makes.
    public let imageTags: [String: String]
    public let kiln: KilnSettings.Layer
    public let position: SourcePosition

    public static let defaultTestTimeoutMinutes = 720
}

extension ImagePipeline {
    init?(_ reader: ResourceReader, links: ResourceLinks) {
        let properties = reader.properties
        let isImage = reader.resource.type == ResourceType.image.rawValue
        let ownName = isImage ? nil : reader.name()
        description = isImage ? nil : reader.text("Description")
        if properties.value("ContainerRecipeArn") != nil {
            reader.diagnostics.error(
                at: properties.keyPosition("ContainerRecipeArn"), "container images are not built by Kiln")
        }
        let recipe = properties.positionedString("ImageRecipeArn", required: !properties.has("ContainerRecipeArn"))
            .flatMap { links.reference($0, to: .imageRecipe) }
        let infrastructure = properties.positionedString("InfrastructureConfigurationArn", required: true)
            .flatMap { links.reference($0, to: .infrastructureConfiguration) }
        distribution = properties.positionedString("DistributionConfigurationArn")
            .flatMap { links.reference($0, to: .distributionConfiguration) }
        var tests: (enabled: Bool?, minutes: Int?)
        properties.mapping("ImageTestsConfiguration") {
            tests = ($0.bool("ImageTestsEnabled"), $0.int("TimeoutMinutes", in: 60...1440))
        }
        testsEnabled = tests.enabled ?? true
        testTimeoutMinutes = tests.minutes ?? Self.defaultTestTimeoutMinutes
        schedule = isImage ? nil : properties.mapping("Schedule", Schedule.init)
        status = isImage ? .enabled : properties.choice("Status") ?? .enabled
        enhancedImageMetadataEnabled = properties.bool("EnhancedImageMetadataEnabled") ?? true
        executionRole = reader.text("ExecutionRole", most: 2048)
        tags = properties.texts("Tags")
        imageTags = isImage ? [:] : properties.texts("ImageTags")
        // Builds log where Kiln keeps its logs.
        properties.mapping("LoggingConfiguration") { logging in
            if isImage {
                logging.skip("LogGroupName")
            } else {
                logging.skip("ImageLogGroupName", "PipelineLogGroupName")
            }
        }
        workflows = properties.mappings("Workflows", of: "the workflow") { WorkflowUse($0, links: links) }
        reader.unused("ImageScanningConfiguration")
        if isImage {
            reader.unused("DeletionSettings")
            reader.readOnly("Arn", "ImageId", "ImageUri", "LatestVersion", "Name")
        } else {
            reader.readOnly("Arn", "DeploymentId")
        }
        guard let recipe, let infrastructure,
            let arn = isImage ? Self.firstBuild(of: recipe.arn) : reader.arn, let name = isImage ? arn.name : ownName
        else { return nil }
        self.arn = arn
        self.name = name
        self.recipe = recipe
        self.infrastructure = infrastructure
        logicalID = reader.resource.logicalID
        kiln = reader.resource.kiln
        position = reader.resource.position
    }
}

extension ImagePipeline {
    /// What AWS calls the image that a recipe makes first.
    private static func firstBuild(of recipe: ImageBuilderARN) -> ImageBuilderARN? {
        ImageBuilderARN(
            partition: recipe.partition, region: recipe.region, account: recipe.account, type: .image,
            name: recipe.name, version: recipe.version, build: 1)
    }
}

extension ImagePipeline.Schedule {
    init?(_ reader: MappingReader) {
        let text = reader.positionedString("ScheduleExpression")
        if let text {
            let shape = ["cron(", "rate("].contains { text.value.hasPrefix($0) } && text.value.hasSuffix(")")
            if !shape {
                reader.diagnostics.error(
                    at: text.position, "'\(text.value)' is not a schedule",
                    hint: "cron(0 0 * * ? *) or rate(1 day)")
            }
        }
        expression = text?.value
        timezone = reader.values.keys == .api ? reader.string("Timezone") : nil
        startCondition = reader.choice("PipelineExecutionStartCondition") ?? .dependencyUpdates
        autoDisableFailureCount =
            reader.mapping("AutoDisablePolicy") { $0.int("FailureCount", required: true, in: 1...10) }
    }
}
