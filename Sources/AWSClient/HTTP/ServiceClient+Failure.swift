import Failures

extension ServiceClient {
    /// The service's refusal in Kiln's words, with what to do about it.
    func failure(
        _ error: ServiceError, _ document: ServiceErrorDocument, _ request: ServiceRequest,
        _ credentials: AWSCredentials
    ) -> AWSFailure {
        let said =
            "\(error.code) (HTTP \(error.status))" + (error.message.isEmpty ? "" : ": \(sentence(error.message))")
        let what = "\(request.operation) of \(request.subject)"
        switch error.code {
        case "SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidSignatureException", "UnrecognizedClientException",
            "AuthFailure", "InvalidClientTokenId":
            return AWSFailure(
                .signatureRefused, "\(serviceName) at \(endpoint) refused the signature of \(what): \(said)",
                hint: "the key \(credentials.accessKeyID) came from \(credentials.source): check it and its secret",
                cause: error)
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            return AWSFailure(
                .signatureRefused, "\(serviceName) refused \(what): \(said)",
                hint: "the session from \(credentials.source) has ended: sign in again", cause: error)
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
            return AWSFailure(
                .signatureRefused, "\(serviceName) refused \(what): \(said)",
                hint: "the clock of this machine is wrong: `timedatectl` shows it", cause: error)
        case "NoSuchBucket":
            let bucket = request.bucket ?? "the bucket"
            let option = isAWS ? "" : " --endpoint-url \(endpoint)"
            return AWSFailure(
                .noSuchBucket, "the bucket \(bucket) does not exist at \(endpoint)",
                hint: "make it: aws s3 mb s3://\(bucket)\(option)", cause: error)
        case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
            return AWSFailure(
                .badConfiguration, "\(serviceName) answers \(what) from another region: \(said)",
                hint: document.region.map { "the bucket is in \($0): use --region \($0)" }
                    ?? "find it with `aws s3api get-bucket-location`", cause: error)
        case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "AllAccessDisabled":
            return AWSFailure(
                .accessDenied, "\(serviceName) denied \(what) to the key \(credentials.accessKeyID): \(said)",
                hint: "the key came from \(credentials.source): its policy must allow \(request.operation)",
                cause: error)
        case "NoSuchKey", "NoSuchUpload", "NotFound":
            return AWSFailure(.notFound, "\(what): \(said)", cause: error)
        case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest":
            return AWSFailure(.corrupted, "\(what) did not arrive as it was sent: \(said)", cause: error)
        default:
            let times = error.attempts > 1 ? " after \(error.attempts) attempts" : ""
            let id = error.requestID.map { ", request \($0)" } ?? ""
            return AWSFailure(.service, "\(what) failed\(times): \(said)\(id)", cause: error)
        }
    }

    /// Only AWS itself signs for hosts of its own names.
    private var isAWS: Bool { endpoint.contains(".amazonaws.com") }

    private func sentence(_ text: String) -> String {
        text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
