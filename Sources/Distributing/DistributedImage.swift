public import Disks
public import Documents
public import Foundation

/// The image that is distributed, as far as AMIs of it tell.
public struct DistributedImage: Sendable, Equatable {
    public var name: String
    public var version: String?
    /// SHA-256, 64 hexadecimal digits. AMIs have it in a tag, by which they are found again.
    public var digest: String
    /// When it was made. It stands in the names of AMIs: with the time of the distribution in its place, every run would
    /// make new ones.
    public var created: Date
    /// Which build of its version it is, from 1.
    public var buildNumber: Int
    /// What Image Builder would call it; nil for what no recipe made.
    public var arn: ImageBuilderARN?
    /// What the look into its disk found; nil before that: a plan of the image is then checked as far as it goes, and nothing can
    /// be made by it.
    public var readiness: EC2Readiness?

    public init(
        name: String, version: String? = nil, digest: String, created: Date, buildNumber: Int = 1,
        arn: ImageBuilderARN? = nil, readiness: EC2Readiness? = nil
    ) {
        self.name = name
        self.version = version
        self.digest = digest
        self.created = created
        self.buildNumber = buildNumber
        self.arn = arn
        self.readiness = readiness
    }

    /// The key of the tag that has the digest.
    public static let tag = "kiln:image"

    var label: String { "\(name)\(version.map { "/\($0)" } ?? "") (sha256:\(digest.prefix(12)))" }
}
