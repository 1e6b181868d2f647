public import Failures
import Foundation

/// An object in a listing.
public struct S3ListedObject: Sendable, Equatable {
    public let key: String
    /// Bytes.
    public let size: Int
}

extension S3Documents {
    struct ListBucketResult: Decodable {
        var Contents: [Content]?
        var EncodingType: String?
        var IsTruncated: Bool?
        var NextContinuationToken: String?

        struct Content: Decodable {
            var Key: String
            var Size: Int
        }
    }
}

extension S3Client {
    /// The objects whose keys begin with the location's key, in the order of their keys, at most `limit`.
    ///
    /// - Throws: `noSuchBucket`, `accessDenied`, and what every request may.
    public func listObjects(_ prefix: S3Location, limit: Int) async throws(AWSFailure) -> [S3ListedObject] {
        let bucket = S3Location(bucket: prefix.bucket, key: "")
        var objects: [S3ListedObject] = []
        var token: String?
        repeat {
            // Encoded as in a URL: XML has no way to write some characters that a key may have.
            var query: [(name: String, value: String)] = [
                ("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(min(1000, limit - objects.count))"),
                ("prefix", prefix.key),
            ]
            if let token { query.append(("continuation-token", token)) }
            let request = request("ListObjectsV2", "GET", bucket, subject: "\(prefix)", query: query)
            let page = try S3Documents.decode(
                S3Documents.ListBucketResult.self, from: try await service.send(request).answer, of: request.operation)
            let isEncoded = page.EncodingType == "url"
            objects += (page.Contents ?? []).map {
                S3ListedObject(key: isEncoded ? Self.decoded($0.Key) : $0.Key, size: $0.Size)
            }
            // A server that repeats its token would keep us here for ever.
            let next = page.IsTruncated == true ? page.NextContinuationToken : nil
            token = next == token ? nil : next
        } while token != nil && objects.count < limit
        return Array(objects.prefix(limit))
    }

    /// Makes sure that a bucket belongs to an account, as `ExpectedBucketOwner` does.
    ///
    /// - Throws: `accessDenied` where it is another's.
    public func checkOwner(of bucket: String, is account: String) async throws(AWSFailure) {
        var request = request("HeadBucket", "HEAD", S3Location(bucket: bucket, key: ""))
        request.headers = [("x-amz-expected-bucket-owner", account)]
        _ = try await service.send(request)
    }

    private static func decoded(_ key: String) -> String {
        key.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? key
    }
}
