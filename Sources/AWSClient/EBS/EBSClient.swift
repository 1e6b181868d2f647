import Crypto
public import Failures
import FoundationEssentials
import NIOCore

/// The EBS direct API in one region (rest-json, version 2019-11-02): snapshots without volumes.
public struct EBSClient: Sendable {
    /// Of one sending of half a MiB; NixOS gives it 12 s, and a thin line wants more.
    private static let blockLimit: Duration = .seconds(45)

    let service: ServiceClient
    let target: ServiceEndpoint

    public var region: String { target.region }
    /// "https://ebs.eu-central-1.amazonaws.com"
    public var endpoint: String { target.url }

    /// What StartSnapshot says of the snapshot that a token stands for.
    public struct Started: Sendable, Equatable, Decodable {
        public let snapshotID: String
        /// "pending", "completed", "error"
        public let status: String
        /// Where it is encrypted, asked for or not.
        public let kmsKeyARN: String?

        private enum CodingKeys: String, CodingKey {
            case snapshotID = "SnapshotId"
            case status = "Status"
            case kmsKeyARN = "KmsKeyArn"
        }
    }

    /// Begins a snapshot, or finds the one that was begun with the same token.
    ///
    /// - Parameters:
    ///   - size: of the volume, GiB.
    ///   - timeout: minutes without a block, 10 to 4320, after which the snapshot ends in error.
    /// - Throws: `conflict` where the token stands for another wish, `quota`.
    public func startSnapshot(
        size: Int, token: String, description: String?, encrypted: Bool? = nil, kmsKeyARN: String? = nil, timeout: Int,
        tags: [String: String] = [:]
    ) async throws(AWSFailure) -> Started {
        let body = try JSONAnswer.encode(
            Start(
                VolumeSize: size, ClientToken: token, Description: description, Encrypted: encrypted,
                KmsKeyArn: kmsKeyARN, Timeout: timeout,
                Tags: tags.isEmpty
                    ? nil : tags.sorted { $0.key < $1.key }.map { .init(Key: $0.key, Value: $0.value) }))
        var request = request("StartSnapshot", "POST", "/snapshots", "an image of \(size) GiB")
        request.headers = [("content-type", "application/json")]
        request.body = .bytes(body)
        request.payloadHash = SigV4.hexDigest(of: body)
        return try JSONAnswer.decode(
            Started.self, from: try await service.send(request).answer, of: request, .ebs)
    }

    /// Stores a block, or stores it again.
    ///
    /// - Parameter digest: SHA-256 of `content`, 32 bytes.
    /// - Returns: how often it was sent.
    func putBlock(
        _ index: Int, _ content: ByteBuffer, digest: [UInt8], of snapshot: String, patience: Patience?,
        pacer: any AttemptPacer
    ) async throws(AWSFailure) -> Int {
        var request = request(
            "PutSnapshotBlock", "PUT", "/snapshots/\(PercentEncoding.component(snapshot))/blocks/\(index)",
            "block \(index) of \(snapshot)")
        let checksum = Data(digest).base64EncodedString()
        request.headers = [
            ("content-type", "application/octet-stream"), ("x-amz-data-length", "\(content.readableBytes)"),
            ("x-amz-checksum", checksum), ("x-amz-checksum-algorithm", "SHA256"),
        ]
        request.body = .buffer(content)
        // As the service's model has it: the signed checksum vouches for the body.
        request.payloadHash = SigV4.unsignedPayload
        request.limit = Self.blockLimit
        request.patience = patience
        request.pacer = pacer
        let reply = try await service.send(request)
        if let stored = reply.answer[header: "x-amz-checksum"], !stored.isEmpty, stored != checksum {
            throw AWSFailure(.corrupted, "block \(index) of \(snapshot) arrived with another checksum: \(stored)")
        }
        return reply.attempts
    }

    /// Ends the writing; the snapshot is complete some time later.
    ///
    /// - Parameters:
    ///   - blocks: how many were stored, exactly.
    ///   - checksum: SHA-256 over the blocks' digests, 32 bytes each, in ascending order of the blocks (LINEAR).
    public func completeSnapshot(_ snapshot: String, blocks: Int, checksum: [UInt8]) async throws(AWSFailure) {
        var request = request(
            "CompleteSnapshot", "POST", "/snapshots/completion/\(PercentEncoding.component(snapshot))", snapshot)
        request.headers = [
            ("x-amz-changedblockscount", "\(blocks)"), ("x-amz-checksum", Data(checksum).base64EncodedString()),
            ("x-amz-checksum-algorithm", "SHA256"), ("x-amz-checksum-aggregation-method", "LINEAR"),
        ]
        _ = try await service.send(request)
    }

    func request(_ operation: String, _ method: String, _ path: String, _ subject: String) -> ServiceRequest {
        ServiceRequest(
            operation: operation, subject: subject, method: method, host: target.host, path: target.basePath + path)
    }

    private struct Start: Encodable {
        var VolumeSize: Int
        var ClientToken: String
        var Description: String?
        var Encrypted: Bool?
        var KmsKeyArn: String?
        var Timeout: Int
        var Tags: [Tag]?

        struct Tag: Encodable {
            var Key: String
            var Value: String
        }
    }
}

extension ServiceTraits {
    static let ebs = ServiceTraits(
        service: .ebs, rules: .others, readError: JSONAnswer.failure, explain: { _ in nil })
}
