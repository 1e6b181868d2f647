public import Failures

/// "s3://bucket/key".
public struct S3Location: Sendable, Hashable, CustomStringConvertible {
    public let bucket: String
    /// Up to 1,024 bytes of UTF-8; empty for the bucket itself.
    public let key: String

    public init(bucket: String, key: String) {
        self.bucket = bucket
        self.key = key
    }

    /// - Throws: `badConfiguration` where it is not "s3://bucket" or "s3://bucket/key", or the bucket cannot exist.
    public init(parsing text: String) throws(AWSFailure) {
        guard text.hasPrefix("s3://") else { throw Self.invalid(text, "it does not begin with s3://") }
        let rest = text.dropFirst(5)
        let bucket = rest.prefix { $0 != "/" }
        let key = rest.dropFirst(bucket.count + 1)
        let legal = bucket.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        guard (3...63).contains(bucket.utf8.count), legal else {
            throw Self.invalid(text, "a bucket's name is 3 to 63 of a-z, 0-9, \"-\" and \".\"")
        }
        guard key.utf8.count <= 1024 else { throw Self.invalid(text, "a key has at most 1,024 bytes") }
        self.init(bucket: String(bucket), key: String(key))
    }

    public var description: String { key.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(key)" }

    /// The same bucket, with `name` below this key.
    public func appending(_ name: String) -> S3Location {
        let folder = key.isEmpty || key.hasSuffix("/") ? key : key + "/"
        return S3Location(bucket: bucket, key: folder + name)
    }

    private static func invalid(_ text: String, _ why: String) -> AWSFailure {
        AWSFailure(.badConfiguration, "\"\(text)\" is not an S3 location: \(why)", hint: "s3://bucket/folder")
    }
}
