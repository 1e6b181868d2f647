import Crypto
public import Failures
import FoundationEssentials
import NIOCore

/// What S3 says of an object.
public struct S3Object: Sendable, Equatable {
    /// Bytes.
    public let size: Int
    /// Without quotation marks. The MD5 of the content, or of the parts' MD5s and "-" and their number, unless the bucket
    /// encrypts with a key of its own.
    public let etag: String
    /// Base64, where the server keeps a checksum of the whole object.
    public let crc64NVME: String?
    /// Where the bucket keeps versions.
    public let versionID: String?

    init(_ answer: HTTPAnswer) {
        size = answer[header: "content-length"].flatMap { Int($0) } ?? 0
        etag = unquoted(answer[header: "etag"] ?? "")
        // "null" is the version of an object from before the bucket kept any.
        versionID = answer[header: "x-amz-version-id"].flatMap { $0 == "null" ? nil : $0 }
        let composite = answer[header: "x-amz-checksum-type"] == "COMPOSITE"
        crc64NVME = composite ? nil : answer[header: "x-amz-checksum-crc64nvme"]
    }
}

func unquoted(_ etag: String) -> String {
    etag.count > 1 && etag.hasPrefix("\"") && etag.hasSuffix("\"") ? String(etag.dropFirst().dropLast()) : etag
}

extension S3Client {
    /// Finds out, before work that ends with an upload, whether it can end well. A key that may write and not ask where the
    /// bucket is passes.
    ///
    /// - Throws: what would end every request to the bucket: `signatureRefused`, `noSuchBucket`, `unreachable`,
    ///   `noCredentials`, `badConfiguration` where it is in another region, …
    public func checkBucket(_ bucket: String) async throws(AWSFailure) {
        var request = request("GetBucketLocation", "GET", S3Location(bucket: bucket, key: ""))
        request.query = [("location", "")]
        do {
            _ = try await service.send(request)
        } catch  where error.code == .accessDenied {
        }
    }

    /// - Throws: `notFound`, and what every request may: `signatureRefused`, `accessDenied`, `unreachable`, …
    public func headObject(_ location: S3Location) async throws(AWSFailure) -> S3Object {
        var request = request("HeadObject", "HEAD", location)
        request.headers = [("x-amz-checksum-mode", "ENABLED")]
        return S3Object(try await service.send(request).answer)
    }

    /// Stores a small object held in memory (a manifest).
    public func putObject(_ content: [UInt8], to location: S3Location, contentType: String) async throws(AWSFailure) {
        var request = request("PutObject", "PUT", location)
        request.headers = [
            ("content-type", contentType),
            ("content-md5", Data(Insecure.MD5.hash(data: content)).base64EncodedString()),
        ]
        request.payloadHash = SigV4.hexDigest(of: content)
        request.body = .bytes(content)
        _ = try await service.send(request)
    }

    /// A whole small object.
    public func getObject(_ location: S3Location) async throws(AWSFailure) -> [UInt8] {
        try await service.send(request("GetObject", "GET", location)).answer.body
    }

    /// Passes an object's bytes to `sink` in order, whatever its size. A connection that breaks is taken up again where it
    /// broke, as long as the object stays the same.
    func getObject(_ location: S3Location, sink: @escaping BodySink) async throws(AWSFailure) {
        let object = try await headObject(location)
        let received = ReceivedBytes()
        var fruitless = 0
        while await received.count < object.size {
            let start = await received.count
            var request = request("GetObject", "GET", location)
            request.headers = [("range", "bytes=\(start)-\(object.size - 1)"), ("if-match", "\"\(object.etag)\"")]
            do throws(AWSFailure) {
                _ = try await service.send(request) { piece throws(AWSFailure) in
                    try await sink(piece)
                    await received.add(piece.readableBytes)
                }
            } catch {
                guard error.code == .connectionLost else { throw error }
            }
            fruitless = await received.count > start ? 0 : fruitless + 1
            guard fruitless < service.retry.attempts else {
                throw AWSFailure(
                    .connectionLost, "\(location) stops after \(start) of \(object.size) bytes, again and again",
                    hint: "the network or \(endpoint) is in trouble: try again later")
            }
        }
    }
}

private actor ReceivedBytes {
    private(set) var count = 0
    func add(_ more: Int) { count += more }
}
