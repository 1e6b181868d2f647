public import Failures

/// SNS in one region: publishing to topics (query protocol, version 2010-03-31).
public struct SNSClient: Sendable {
    let service: ServiceClient
    let target: ServiceEndpoint

    public var region: String { target.region }

    /// What the service takes of a message, in bytes.
    public static let messageLimit = 256 << 10
    /// In characters, of ASCII.
    public static let subjectLimit = 100

    /// - Parameter subject: of mails; printable ASCII.
    /// - Returns: the message's id.
    /// - Throws: `notFound` for a topic that is not there, `accessDenied`.
    @discardableResult
    public func publish(_ message: String, to topic: String, subject: String? = nil) async throws(AWSFailure) -> String
    {
        var form = QueryForm()
        form.set("TopicArn", topic)
        form.set("Subject", subject.map { String($0.prefix(Self.subjectLimit)) })
        form.set("Message", message)
        let request = ServiceRequest.form("Publish", version: "2010-03-31", target, subject: "the topic \(topic)", form)
        let answer = try XMLAnswer.decode(
            PublishAnswer.self, from: try await service.send(request).answer, of: request, .sns)
        return answer.PublishResult.MessageId
    }

    private struct PublishAnswer: Decodable {
        var PublishResult: Result

        struct Result: Decodable {
            var MessageId: String
        }
    }
}

extension ServiceTraits {
    static let sns = ServiceTraits(
        service: .sns, rules: .others, readError: XMLAnswer.failure,
        explain: { refusal in
            let (error, what, said) = (refusal.error, refusal.what, refusal.said)
            switch error.code {
            case "NotFound":
                return AWSFailure(
                    .notFound, "\(what): \(said)", hint: "the topic is looked for in the region of its ARN",
                    cause: error)
            case "AuthorizationError": return AWSFailure(.accessDenied, "\(what): \(said)", cause: error)
            case "InvalidParameter", "ParameterValueInvalid":
                return AWSFailure(.badRequest, "\(what) was refused: \(said)", cause: error)
            // An encrypted topic whose key is not ours to use.
            case "KMSAccessDenied", "KMSDisabled", "KMSInvalidState", "KMSNotFound", "KMSOptInRequired":
                return AWSFailure(
                    .accessDenied, "\(what): \(said)", hint: "the topic's key must let this principal use it",
                    cause: error)
            default: return nil
            }
        })
}
