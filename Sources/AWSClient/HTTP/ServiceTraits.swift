import Failures

/// In what one service differs from the others, as the request layer sees it.
struct ServiceTraits: Sendable {
    let service: AWSService
    let rules: SigV4.Rules
    /// Reads an error document; its code is empty where the answer has none.
    let readError: @Sendable (HTTPAnswer) -> ServiceErrorDocument
    /// Codes that only this service has, in Kiln's words; nil for those that all share.
    let explain: @Sendable (Refusal) -> AWSFailure?

    /// What was refused, and how.
    struct Refusal: Sendable {
        let error: ServiceError
        let document: ServiceErrorDocument
        let request: ServiceRequest
        /// "https://s3.eu-west-1.amazonaws.com"
        let endpoint: String

        /// "PutObject of s3://images/disk.vmdk"
        var what: String { "\(request.operation) of \(request.subject)" }

        /// "SlowDown (HTTP 503): Please reduce your request rate"
        var said: String {
            let message = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
            return "\(error.code) (HTTP \(error.status))" + (message.isEmpty ? "" : ": \(message)")
        }

        /// Only AWS itself signs for hosts of its own names.
        var isAWS: Bool { endpoint.contains(".amazonaws.com") }
    }
}
