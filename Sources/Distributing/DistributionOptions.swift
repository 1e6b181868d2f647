public import AWSClient
public import Exporting
public import SystemPackage

/// The file that holds the disk of the image.
public struct DistributionSource: Sendable, Equatable {
    public var disk: FilePath
    /// It is the disk itself, byte by byte, whatever it begins with.
    public var isRaw: Bool

    public init(disk: FilePath, isRaw: Bool) {
        self.disk = disk
        self.isRaw = isRaw
    }
}

/// Where a distribution keeps things on its way, and how long it waits.
public struct DistributionOptions: Sendable {
    /// A folder for journals and for what is exported to be sent.
    public var work: FilePath
    /// Where files for the imports are put; in the region where the AMI is made.
    public var bucket: S3Location?
    /// The file stays in the bucket after the import.
    public var keepsObject = false
    /// That the imports read the bucket with; "vmimport" where nil.
    public var importRole: String?
    /// Files of the image that are there already; what is wanted and not among them is exported.
    public var artifacts: [Artifact] = []
    /// The folder of `artifacts`.
    public var artifactFolder: FilePath?
    /// An object that has the image already, for the imports: it stays.
    public var object: ImageObject?
    public var polling = Polling()

    public init(work: FilePath) { self.work = work }
}

/// A file of an image that is in S3.
public struct ImageObject: Sendable, Equatable {
    public var location: S3Location
    public var format: Artifact.Format
    /// "s3.eu-central-1.amazonaws.com"
    public var endpoint: String
    public var region: String

    public init(location: S3Location, format: Artifact.Format, endpoint: String, region: String) {
        self.location = location
        self.format = format
        self.endpoint = endpoint
        self.region = region
    }
}

/// What happens on the way, for whoever watches.
public enum DistributionEvent: Sendable, Equatable {
    case note(region: String, String)
    /// Blocks, bytes or per cent.
    case progress(region: String, String, done: Int, total: Int)
}
