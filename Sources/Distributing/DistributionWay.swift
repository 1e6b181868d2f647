public import Disks

/// How the disk of an image gets into EC2.
public enum DistributionWay: String, Sendable, Codable, CaseIterable {
    /// Its blocks, through the EBS direct API.
    case ebs
    /// A file in S3, which ImportSnapshot reads.
    case s3
    /// A file in S3, which ImportImage reads; it changes the system on it.
    case importImage = "import-image"

    /// What the preflight calls it.
    public var readinessWay: EC2Finding.Way {
        switch self {
        case .ebs: .ebsDirect
        case .s3: .importSnapshot
        case .importImage: .importImage
        }
    }
}
