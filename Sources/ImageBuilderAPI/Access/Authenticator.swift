import AWSClient
import Foundation

/// Finds out who sends a request by its signature, and refuses all else in AWS's words.
struct Authenticator: Sendable {
    let keys: any KeySource
    let region: String
    let clock: @Sendable () -> Date
    let replays = ReplayGuard()

    static let service = "imagebuilder"
    /// As AWS has it, for clocks that are not set well.
    static let skew: TimeInterval = 15 * 60

    /// - Parameter isRepeatable: whether sending the request again does no more than sending it once.
    func caller(of request: APIRequest, isRepeatable: Bool) async throws(APIError) -> Caller {
        guard let header = request.header("authorization") else {
            throw Self.refused("MissingAuthenticationTokenException", "Missing Authentication Token")
        }
        guard let signature = RequestSignature(authorization: header) else {
            throw Self.refused(
                "IncompleteSignatureException",
                "Authorization header requires 'AWS4-HMAC-SHA256' with 'Credential', 'SignedHeaders' and 'Signature' parameters."
            )
        }
        let date = try signedDate(request, signature)
        try checkScope(signature)
        // A token comes with temporary keys, which are not made here.
        guard request.header("x-amz-security-token") == nil, let (caller, secret) = try await key(signature) else {
            throw Self.refused(
                "UnrecognizedClientException", "The security token included in the request is invalid.")
        }
        guard let items = request.queryItems,
            signature.holds(
                for: RequestSignature.Request(
                    method: request.method, path: request.path, query: items, headers: request.headers,
                    body: request.body), secret: secret, at: date)
        else {
            throw Self.invalid(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method. Consult the service documentation for details.")
        }
        guard isRepeatable || replays.admits(signature.signature, until: date + Self.skew, now: clock()) else {
            throw Self.invalid("The request was sent before with the same signature. Sign it again to send it again.")
        }
        return caller
    }

    private func key(_ signature: RequestSignature) async throws(APIError) -> (caller: Caller, secret: Secret)? {
        do { return try await keys.key(signature.accessKeyID) } catch {
            throw APIError("ServiceUnavailableException", "The keys cannot be read: \(error)")
        }
    }

    private func signedDate(_ request: APIRequest, _ signature: RequestSignature) throws(APIError) -> Date {
        guard let text = request.header("x-amz-date"), let date = RequestSignature.date(text) else {
            throw Self.refused(
                "IncompleteSignatureException", "Authorization header requires existence of an 'X-Amz-Date' header.")
        }
        let now = clock()
        guard text.hasPrefix(signature.day) else {
            throw Self.invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.")
        }
        guard abs(date.timeIntervalSince(now)) <= Self.skew else {
            let isOld = date < now
            throw Self.invalid(
                "Signature \(isOld ? "expired" : "not yet current"): \(text) is \(isOld ? "earlier" : "later") than "
                    + "\(UTC.basic(now + (isOld ? -Self.skew : Self.skew))) (\(UTC.basic(now)) \(isOld ? "-" : "+") 15 min.)"
            )
        }
        let names = Set(signature.signedHeaders)
        let unsigned = request.headers.map { $0.name.lowercased() }.first {
            ($0 == "host" || $0.hasPrefix("x-amz-")) && !names.contains($0)
        }
        guard names.contains("host"), unsigned == nil else {
            throw Self.invalid(
                "'\(unsigned ?? "Host")' must be a 'SignedHeader' in the AWS Authorization.")
        }
        return date
    }

    private func checkScope(_ signature: RequestSignature) throws(APIError) {
        guard signature.service == Self.service else {
            throw Self.invalid("Credential should be scoped to correct service: '\(Self.service)'.")
        }
        guard signature.region == region else {
            throw Self.invalid(
                "Credential should be scoped to a valid region, not '\(signature.region.prefix(64))': this is '\(region)'."
            )
        }
    }

    private static func invalid(_ message: String) -> APIError { refused("InvalidSignatureException", message) }

    static func refused(_ name: String, _ message: String) -> APIError { APIError(name, message, status: 403) }
}
