/// An object in S3 that has been compared with the file it was made from.
public struct UploadedObject: Codable, Sendable, Equatable {
    public let bucket: String
    public let key: String
    /// Bytes.
    public let size: Int
    public let etag: String
    /// Where the bucket keeps versions.
    public let versionID: String?
    /// CRC-64/NVME of the whole object, base64, computed from the file.
    public let crc64NVME: String
    public let verification: Verification
    /// Of the object; 1 where it was stored in one request.
    public let parts: Int
    /// In this run: fewer than `parts` where an earlier run had sent some.
    public let partsSent: Int
    /// In this run, repeated sendings included.
    public let bytesSent: Int
    /// Requests with a body that had to be sent again.
    public let retries: Int

    /// How the object was compared with the file.
    public enum Verification: String, Codable, Sendable {
        /// The server's checksum of the whole object is the file's.
        case crc64NVME
        /// The ETag, an MD5 of MD5s, is the file's.
        case etag
        /// The object was read again.
        case readBack
    }

    public var location: S3Location { S3Location(bucket: bucket, key: key) }
}
