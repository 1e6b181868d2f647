/// An `AWS::ImageBuilder::DistributionConfiguration`.
public struct DistributionConfiguration: Sendable, Hashable {
    public struct LaunchPermission: Sendable, Hashable {
        public let userIDs: [String]
        /// `all` makes the image public.
        public let userGroups: [String]
        public let organizationARNs: [String]
        public let organizationalUnitARNs: [String]
    }

    public struct AMI: Sendable, Hashable {
        /// May hold `{{ imagebuilder:buildDate }}` and `{{ imagebuilder:buildVersion }}`.
        public let name: String?
        public let description: String?
        public let tags: [String: String]
        public let kmsKeyID: String?
        public let launchPermission: LaunchPermission?
        public let targetAccountIDs: [String]
    }

    public struct LaunchTemplate: Sendable, Hashable {
        public let id: String?
        public let accountID: String?
        public let setsDefaultVersion: Bool
    }

    public struct FastLaunch: Sendable, Hashable {
        public let accountID: String?
        public let enabled: Bool?
        public let launchTemplateID: String?
        public let launchTemplateName: String?
        public let launchTemplateVersion: String?
        public let maxParallelLaunches: Int?
        public let targetResourceCount: Int?
    }

    /// A Systems Manager parameter that is set to the AMI's ID.
    public struct SystemsManagerParameter: Sendable, Hashable {
        public enum DataType: String, Sendable, Hashable, CaseIterable {
            case text
            case image = "aws:ec2:image"
        }

        public let name: String
        public let amiAccountID: String?
        public let dataType: DataType?
    }

    /// The image as a disk file in a bucket; only in the API's form of the document.
    public struct S3Export: Sendable, Hashable {
        public enum Format: String, Sendable, Hashable, CaseIterable {
            case vmdk = "VMDK"
            case raw = "RAW"
            case vhd = "VHD"
        }

        public let format: Format
        public let roleName: String
        public let bucket: String
        public let prefix: String?
    }

    /// What is done in one region.
    public struct Distribution: Sendable, Hashable {
        public let region: String
        public let ami: AMI?
        public let launchTemplates: [LaunchTemplate]
        public let fastLaunches: [FastLaunch]
        public let licenseConfigurationARNs: [String]
        public let systemsManagerParameters: [SystemsManagerParameter]
        public let s3Export: S3Export?
        public let position: SourcePosition
    }

    public let logicalID: String
    public let arn: ImageBuilderARN
    public let name: String
    public let description: String?
    public let distributions: [Distribution]
    public let tags: [String: String]
    public let kiln: KilnSettings.Layer
    public let position: SourcePosition
}
