/// An `AWS::ImageBuilder::ImageRecipe`.
public struct ImageRecipe: Sendable, Hashable {
    /// A component in a recipe, with the values for its parameters.
    public struct RecipeComponent: Sendable, Hashable {
        public let reference: ComponentReference
        public let parameters: [String: [String]]
        public let position: SourcePosition
    }

    public let logicalID: String
    public let arn: ImageBuilderARN
    public let name: String
    /// Where the template has a wildcard (`1.0.x`), the next version.
    public let version: SemanticVersion
    public let parentImage: Positioned<ParentReference>
    /// In the order they run.
    public let components: [RecipeComponent]
    public let blockDeviceMappings: [BlockDeviceMapping]
    /// Where components run; `/tmp` unless the recipe says otherwise.
    public let workingDirectory: String
    public let uninstallsSystemsManagerAgent: Bool
    /// Decoded from base64.
    public let userDataOverride: [UInt8]?
    public let description: String?
    public let tags: [String: String]
    public let amiTags: [String: String]
    /// Names of marks that EC2 hands on from an AMI to its copies.
    public let amiWatermarks: [String]
    public let kiln: KilnSettings.Layer
    public let position: SourcePosition
}

/// A disk of the build instance.
public struct BlockDeviceMapping: Sendable, Hashable {
    public struct EBS: Sendable, Hashable {
        public let deleteOnTermination: Bool?
        public let encrypted: Bool?
        public let iops: Int?
        public let kmsKeyID: String?
        public let snapshotID: String?
        public let throughput: Int?
        /// GiB.
        public let volumeSize: Int?
        public let volumeType: VolumeType?
    }

    public enum VolumeType: String, Sendable, Hashable, CaseIterable {
        case standard, io1, io2, gp2, gp3, sc1, st1
    }

    public let deviceName: String?
    public let ebs: EBS?
    /// The device is left out of the mapping.
    public let noDevice: Bool
    public let virtualName: String?
}
