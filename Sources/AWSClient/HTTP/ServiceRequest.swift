import Failures

/// One operation of a service, before it is signed.
struct ServiceRequest: Sendable {
    /// The service's name for it: "UploadPart".
    var operation: String
    /// What it is about, for messages: "part 3 of s3://images/disk.vmdk".
    var subject: String
    /// Of S3, for hints.
    var bucket: String?
    var method: String
    /// With the port where it is not the scheme's own.
    var host: String
    /// Percent-encoded.
    var path: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: HTTPMessage.Body = .none
    /// SHA-256 in hexadecimal, or `SigV4.unsignedPayload`.
    var payloadHash: String = SigV4.emptyPayloadHash
    /// The service may begin a 200 before it knows, and put an error document in it (CompleteMultipartUpload, CopyObject).
    var mayFailInside200 = false
    /// Sent without a signature: the request itself holds the proof (AssumeRoleWithWebIdentity).
    var isAnonymous = false
    /// Of one sending; nil for one that grows with the body.
    var limit: Duration?
    var patience: Patience?
    var pacer: (any AttemptPacer)?
}

/// An answer with status 2xx, and how often it was asked for.
struct ServiceReply: Sendable {
    var answer: HTTPAnswer
    var attempts: Int
}

/// What an error document of a service says.
struct ServiceErrorDocument: Sendable, Equatable {
    var code: String
    var message: String
    var requestID: String?
    /// Where the service says that the bucket is elsewhere.
    var region: String?
}

extension ServiceRequest {
    /// What is said of an answer in another form than the service's.
    func cannotRead(_ answer: HTTPAnswer, _ service: AWSService, _ cause: any Error) -> AWSFailure {
        AWSFailure(
            .badAnswer,
            "the answer to \(operation) of \(subject) is not what \(service.title) sends: \(answer.body.count) bytes",
            hint: "is the endpoint the right server?", cause: cause)
    }
}
