/// An `AWS::ImageBuilder::InfrastructureConfiguration`. A local build has no use for most of it; it is checked so that
/// the template deploys.
public struct InfrastructureConfiguration: Sendable, Hashable {
    public enum HTTPTokens: String, Sendable, Hashable, CaseIterable {
        case required, optional
    }

    public enum Tenancy: String, Sendable, Hashable, CaseIterable {
        case `default`, dedicated, host
    }

    public struct Placement: Sendable, Hashable {
        public let availabilityZone: String?
        public let hostID: String?
        public let hostResourceGroupARN: String?
        public let tenancy: Tenancy?
    }

    /// Where logs go.
    public struct S3Logs: Sendable, Hashable {
        public let bucket: String?
        public let keyPrefix: String?
    }

    public let logicalID: String
    public let arn: ImageBuilderARN
    public let name: String
    public let description: String?
    public let instanceProfileName: String
    public let instanceTypes: [String]
    public let keyPair: String?
    public let logs: S3Logs?
    public let httpTokens: HTTPTokens?
    public let httpPutResponseHopLimit: Int?
    public let placement: Placement?
    public let securityGroupIDs: [String]
    public let subnetID: String?
    public let snsTopicARN: String?
    /// True unless the template says otherwise.
    public let terminatesInstanceOnFailure: Bool
    /// For what AWS makes during a build.
    public let resourceTags: [String: String]
    public let tags: [String: String]
    public let kiln: KilnSettings.Layer
    public let position: SourcePosition
}

extension InfrastructureConfiguration {
    init?(_ reader: ResourceReader) {
        let properties = reader.properties
        let name = reader.name()
        let profile = reader.text("InstanceProfileName", required: true, most: 256)
        description = reader.text("Description")
        instanceTypes = properties.strings("InstanceTypes") ?? []
        keyPair = reader.text("KeyPair")
        logs =
            properties.mapping("Logging") { logging in
                logging.mapping("S3Logs") {
                    S3Logs(bucket: $0.string("S3BucketName"), keyPrefix: $0.string("S3KeyPrefix"))
                }
            }
        var tokens: HTTPTokens?
        var hops: Int?
        properties.mapping("InstanceMetadataOptions") { options in
            tokens = options.choice("HttpTokens")
            hops = options.int("HttpPutResponseHopLimit", in: 1...64)
        }
        httpTokens = tokens
        httpPutResponseHopLimit = hops
        placement = properties.mapping("Placement") {
            Placement(
                availabilityZone: $0.string("AvailabilityZone"), hostID: $0.string("HostId"),
                hostResourceGroupARN: $0.string("HostResourceGroupArn"), tenancy: $0.choice("Tenancy"))
        }
        securityGroupIDs = properties.strings("SecurityGroupIds") ?? []
        subnetID = reader.text("SubnetId")
        snsTopicARN = reader.text("SnsTopicArn")
        terminatesInstanceOnFailure = properties.bool("TerminateInstanceOnFailure") ?? true
        resourceTags = properties.texts("ResourceTags")
        tags = properties.texts("Tags")
        reader.readOnly("Arn")
        guard let name, let profile, let arn = reader.arn else { return nil }
        self.arn = arn
        self.name = name
        instanceProfileName = profile
        logicalID = reader.resource.logicalID
        kiln = reader.resource.kiln
        position = reader.resource.position
    }
}
