import Failures

extension ServiceTraits {
    static let s3 = ServiceTraits(service: .s3, rules: .s3, readError: S3Documents.failure, explain: explainS3)

    private static let explainS3: @Sendable (Refusal) -> AWSFailure? = { refusal in
        let (error, what, said) = (refusal.error, refusal.what, refusal.said)
        switch error.code {
        case "NoSuchBucket":
            let bucket = refusal.request.bucket ?? "the bucket"
            let option = refusal.isAWS ? "" : " --endpoint-url \(refusal.endpoint)"
            return AWSFailure(
                .noSuchBucket, "the bucket \(bucket) does not exist at \(refusal.endpoint)",
                hint: "make it: aws s3 mb s3://\(bucket)\(option)", cause: error)
        case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
            return AWSFailure(
                .badConfiguration, "S3 answers \(what) from another region: \(said)",
                hint: refusal.document.region.map { "the bucket is in \($0): use --region \($0)" }
                    ?? "find it with `aws s3api get-bucket-location`", cause: error)
        case "NoSuchKey", "NoSuchUpload":
            return AWSFailure(.notFound, "\(what): \(said)", cause: error)
        case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest":
            return AWSFailure(.corrupted, "\(what) did not arrive as it was sent: \(said)", cause: error)
        // S3's word for what cannot be taken, which a caller may answer with another spelling of the same wish.
        case "InvalidRequest", "MissingParameter":
            return AWSFailure(.service, "\(what) failed: \(said)", cause: error)
        default:
            return nil
        }
    }
}
