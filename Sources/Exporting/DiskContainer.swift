import HostSystem
public import SystemPackage

/// What `aws ec2 import-image --disk-containers file://…` and `import-snapshot --disk-container file://…` take
/// (EC2 API reference, ImageDiskContainer and SnapshotDiskContainer).
public struct DiskContainer: Codable, Sendable, Equatable {
    public struct UserBucket: Codable, Sendable, Equatable {
        public var S3Bucket: String
        public var S3Key: String
    }
    public var Description: String
    public var Format: String
    public var UserBucket: UserBucket

    /// Nil for a format that EC2 does not import.
    public init?(description: String, format: Artifact.Format, bucket: String, key: String) {
        guard let name = format.importName else { return nil }
        Description = description
        Format = name
        self.UserBucket = Self.UserBucket(S3Bucket: bucket, S3Key: key)
    }

    /// Writes `NAME-import-image.json` (a list) and `NAME-import-snapshot.json` (one) into a folder.
    public func write(to folder: FilePath, name: String) throws {
        try JSONRecord.write([self], to: folder.appending("\(name)-import-image.json"))
        try JSONRecord.write(self, to: folder.appending("\(name)-import-snapshot.json"))
    }
}
