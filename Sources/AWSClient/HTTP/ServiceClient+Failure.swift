import Failures

extension ServiceClient {
    /// The service's refusal in Kiln's words, with what to do about it.
    func failure(_ refusal: ServiceTraits.Refusal, _ credentials: AWSCredentials?) -> AWSFailure {
        if let failure = traits.explain(refusal) { return failure }
        let (error, what, said) = (refusal.error, refusal.what, refusal.said)
        let key = credentials.map { "the key \($0.accessKeyID)" } ?? "a request without a key"
        let source = credentials?.source ?? "nowhere"
        switch error.code {
        case "SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidSignatureException", "UnrecognizedClientException",
            "AuthFailure", "InvalidClientTokenId", "IncompleteSignature", "MissingAuthenticationToken",
            "MissingAuthenticationTokenException":
            return AWSFailure(
                .signatureRefused, "\(serviceName) at \(endpoint) refused the signature of \(what): \(said)",
                hint: "\(key) came from \(source): check it and its secret", cause: error)
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            return AWSFailure(
                .signatureRefused, "\(serviceName) refused \(what): \(said)",
                hint: "the session from \(source) has ended: sign in again", cause: error)
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
            return AWSFailure(
                .signatureRefused, "\(serviceName) refused \(what): \(said)",
                hint: "the clock of this machine is wrong: `timedatectl` shows it", cause: error)
        case "OptInRequired":
            return AWSFailure(
                .accessDenied, "\(serviceName) refused \(what): \(said)",
                hint: "the account has not enabled this region: aws account enable-region", cause: error)
        case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "AllAccessDisabled":
            return AWSFailure(
                .accessDenied, "\(serviceName) denied \(what) to \(key): \(said)",
                hint: "the key came from \(source): its policy must allow \(request(refusal))", cause: error)
        case "NotFound", "ResourceNotFoundException":
            return AWSFailure(.notFound, "\(what): \(said)", cause: error)
        case "ConflictException":
            return AWSFailure(.conflict, "\(what): \(said)", cause: error)
        case "ServiceQuotaExceededException", "ResourceLimitExceeded":
            return AWSFailure(
                .quota, "\(what): \(said)",
                hint: "the Service Quotas console shows the limit and takes wishes for more", cause: error)
        case "ValidationException", "ValidationError", "MissingParameter", "UnknownParameter",
            "InvalidParameterCombination", "InvalidRequest", "InvalidAction":
            return AWSFailure(.badRequest, "\(what) was refused: \(said)", cause: error)
        case let code where code.hasPrefix("InvalidParameter"):
            return AWSFailure(.badRequest, "\(what) was refused: \(said)", cause: error)
        default:
            let times = error.attempts > 1 ? " after \(error.attempts) attempts" : ""
            let id = error.requestID.map { ", request \($0)" } ?? ""
            return AWSFailure(.service, "\(what) failed\(times): \(said)\(id)", cause: error)
        }
    }

    /// As IAM spells it; S3 has other names there.
    private func request(_ refusal: ServiceTraits.Refusal) -> String {
        traits.service == .s3 ? refusal.request.operation : "\(traits.service.rawValue):\(refusal.request.operation)"
    }
}
