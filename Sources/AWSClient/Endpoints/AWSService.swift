/// The services that Kiln talks to, by the names that other tools know them by.
enum AWSService: String, Sendable, CaseIterable {
    /// The raw value is the service in a signature's scope and the key of the services section.
    case s3, ec2, ebs, ssm, sts, sns, sso

    /// For messages.
    var title: String {
        switch self {
        case .s3: "S3"
        case .ec2: "EC2"
        case .ebs: "the EBS direct API"
        case .ssm: "Systems Manager"
        case .sts: "STS"
        case .sns: "SNS"
        case .sso: "IAM Identity Center"
        }
    }

    /// In host names.
    var label: String { self == .sso ? "portal.sso" : rawValue }

    /// "AWS_ENDPOINT_URL_EC2"
    var endpointVariable: String { "AWS_ENDPOINT_URL_\(rawValue.uppercased())" }
}
