/// Where own resources are: in one region of one account, as kiln.yaml says. AWS is never asked about it.
public struct Account: Sendable, Hashable, Codable {
    public let partition: String
    public let region: String
    /// Twelve digits.
    public let account: String

    public init(partition: String = "aws", region: String = "us-east-1", account: String = "123456789012") {
        self.partition = partition
        self.region = region
        self.account = account
    }

    /// The ARN of a resource here.
    public func arn(
        _ kind: ResourceKind, _ name: String, owner: ResourceOwner = .own, workflowType: String? = nil,
        version: ResourceVersion? = nil, build: Int? = nil
    ) -> ResourceARN {
        ResourceARN(
            partition: partition, region: region, account: owner == .own ? account : "aws", kind: kind,
            workflowType: workflowType?.lowercased(), name: ResourceARN.segment(of: name),
            version: version.map(ResourceVersionPattern.init), build: build)
    }
}
