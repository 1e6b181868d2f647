/// The resource types of Image Builder in CloudFormation.
public enum ResourceType: String, Sendable, Hashable, CaseIterable {
    case component = "AWS::ImageBuilder::Component"
    case containerRecipe = "AWS::ImageBuilder::ContainerRecipe"
    case distributionConfiguration = "AWS::ImageBuilder::DistributionConfiguration"
    case image = "AWS::ImageBuilder::Image"
    case imagePipeline = "AWS::ImageBuilder::ImagePipeline"
    case imageRecipe = "AWS::ImageBuilder::ImageRecipe"
    case infrastructureConfiguration = "AWS::ImageBuilder::InfrastructureConfiguration"
    case lifecyclePolicy = "AWS::ImageBuilder::LifecyclePolicy"
    case workflow = "AWS::ImageBuilder::Workflow"

    var arnType: ImageBuilderARN.ResourceType {
        switch self {
        case .component: .component
        case .containerRecipe: .containerRecipe
        case .distributionConfiguration: .distributionConfiguration
        case .image: .image
        case .imagePipeline: .imagePipeline
        case .imageRecipe: .imageRecipe
        case .infrastructureConfiguration: .infrastructureConfiguration
        case .lifecyclePolicy: .lifecyclePolicy
        case .workflow: .workflow
        }
    }

    /// What `Fn::GetAtt` can ask of it: the read-only properties of CloudFormation's registry.
    var attributes: [String] {
        let latest = ["LatestVersion.Arn", "LatestVersion.Major", "LatestVersion.Minor", "LatestVersion.Patch"]
        return switch self {
        case .component: ["Arn", "Encrypted", "Name", "Type"] + latest
        case .containerRecipe, .imageRecipe: ["Arn", "Name"] + latest
        case .workflow: ["Arn"] + latest
        case .image: ["Arn", "ImageId", "ImageUri", "Name"] + latest
        case .imagePipeline: ["Arn", "DeploymentId", "Name"]
        case .distributionConfiguration, .infrastructureConfiguration: ["Arn", "Name"]
        case .lifecyclePolicy: ["Arn"]
        }
    }
}
