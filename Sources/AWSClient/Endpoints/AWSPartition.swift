/// One of the walled-off AWSs: each has its own accounts, its own DNS suffix and its own word in ARNs.
public struct AWSPartition: Sendable, Equatable {
    /// "aws", "aws-cn", "aws-us-gov": the second word of an ARN.
    public let name: String
    /// "amazonaws.com"
    public let dnsSuffix: String
    /// "api.aws": of hosts that are reached by IPv6 too.
    let dualStackSuffix: String

    private struct Known {
        let prefix: String
        let name: String
        let suffix: String
        let dualStack: String
    }

    /// As botocore's partitions.json has them. A prefix of another one stands behind it.
    private static let known = [
        Known(prefix: "cn-", name: "aws-cn", suffix: "amazonaws.com.cn", dualStack: "api.amazonwebservices.com.cn"),
        Known(prefix: "us-gov-", name: "aws-us-gov", suffix: "amazonaws.com", dualStack: "api.aws"),
        Known(prefix: "us-isob-", name: "aws-iso-b", suffix: "sc2s.sgov.gov", dualStack: "api.aws.scloud"),
        Known(prefix: "us-isof-", name: "aws-iso-f", suffix: "csp.hci.ic.gov", dualStack: "api.aws.hci.ic.gov"),
        Known(prefix: "eu-isoe-", name: "aws-iso-e", suffix: "cloud.adc-e.uk", dualStack: "api.cloud-aws.adc-e.uk"),
        Known(prefix: "us-iso-", name: "aws-iso", suffix: "c2s.ic.gov", dualStack: "api.aws.ic.gov"),
        Known(prefix: "eusc-", name: "aws-eusc", suffix: "amazonaws.eu", dualStack: "api.amazonwebservices.eu"),
    ]

    /// The partition that a region is in. A region that nobody has heard of is in the commercial one, as the AWS CLI has it.
    public init(region: String) {
        let found = Self.known.first { region.hasPrefix($0.prefix) }
        name = found?.name ?? "aws"
        dnsSuffix = found?.suffix ?? "amazonaws.com"
        dualStackSuffix = found?.dualStack ?? "api.aws"
    }
}
