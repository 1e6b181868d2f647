import Failures

/// What travels with a body so that the server notices when it arrives bent.
enum BodyProof: String, Codable, Sendable {
    /// x-amz-checksum-crc64nvme: AWS since 2024, and servers that keep up with it. The object keeps the value.
    case crc64NVME
    /// Content-MD5, which every server knows.
    case md5

    /// Whether a refusal may mean that the server does not know the checksum, rather than anything about the request.
    static func mayBeUnknown(_ failure: AWSFailure) -> Bool {
        guard let error = failure.serviceError, error.status == 400 || error.status == 501 else { return false }
        return ["InvalidRequest", "InvalidArgument", "NotImplemented", "InvalidDigest"].contains(error.code)
    }
}
