/// One of the walled-off AWSs: each has its own accounts, its own DNS suffix and its own word in ARNs.
public struct AWSPartition: Sendable, Equatable {
    /// "aws", "aws-cn", "aws-us-gov": the second word of an ARN.
    public let name: String
    /// "amazonaws.com"
    public let dnsSuffix: String

    /// The partition that a region is in. A region that nobody has heard of is in the commercial one, as the AWS CLI has it.
    public init(region: String) {
        // A prefix of another one stands behind it.
        let known: [(prefix: String, name: String, suffix: String)] = [
            ("cn-", "aws-cn", "amazonaws.com.cn"), ("us-gov-", "aws-us-gov", "amazonaws.com"),
            ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"), ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
            ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"), ("us-iso-", "aws-iso", "c2s.ic.gov"),
            ("eusc-", "aws-eusc", "amazonaws.eu"),
        ]
        let found = known.first { region.hasPrefix($0.prefix) }
        name = found?.name ?? "aws"
        dnsSuffix = found?.suffix ?? "amazonaws.com"
    }
}
