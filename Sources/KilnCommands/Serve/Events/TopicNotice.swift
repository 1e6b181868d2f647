import AWSClient
import Failures
import Foundation
import ImageBuilderAPI
import Store

/// Tells the SNS topic of an image's infrastructure configuration that the image is there, or is not, as Image Builder does:
/// with AWS's own settings of this machine.
struct TopicNotice: EventSink {
    let settings: @Sendable () throws -> AWSSettings
    let log: @Sendable (String) -> Void

    func take(_ event: StoreEvent, _ store: KilnStore) async throws {
        guard event.kind == .imageState,
            let state = try? JSONDecoder().decode([String: String].self, from: event.detail)["state"],
            ["AVAILABLE", "FAILED"].contains(state), let image = try await store.resource(event.subject),
            let document = try? JSONValue(parsing: Array(image.document)).members,
            let topic = document["infrastructureConfiguration"]?["snsTopicArn"]?.text
        else { return }
        let message = Self.message(image, state: state, document, store.account)
        do {
            let parts = topic.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 6, parts[2] == "sns" else {
                throw AWSFailure(.badConfiguration, "\(topic) is no topic's ARN")
            }
            _ = try await AWSSession.with(try settings()) { aws in
                try await aws.sns(region: String(parts[3])).publish(
                    String(decoding: SecretMark.masked(message.bytes), as: UTF8.self), to: topic)
            }
        } catch {
            try Task.checkCancellation()
            // The image is what it is; the next one may be told of again.
            log("\(topic) was not told that \(image.arn) is \(state): \(error)")
        }
    }

    /// The image's own document, with what Image Builder's message has besides.
    static func message(
        _ image: StoredResource, state: String, _ document: [String: JSONValue], _ account: Account
    ) -> JSONValue {
        var message = document
        message["arn"] = .string(image.arn)
        message["versionlessArn"] = (try? ResourceARN(image.arn)).map { .string($0.withoutVersion.description) }
        message["name"] = .string(image.name)
        message["version"] = image.version.map { .string("\($0)") }
        message["buildVersion"] = image.build.map { .integer(Int64($0)) }
        var status: [String: JSONValue] = ["status": .string(state)]
        status["reason"] = image.stateReason.map { .string($0) }
        message["state"] = .object(status)
        message["dateCreated"] = .string(image.createdAt.formatted(.iso8601))
        message["accountId"] = .string(account.account)
        message["tags"] = .object(image.tags.mapValues { .string($0) })
        // A list of thousands, beyond what a topic takes.
        message["packages"] = nil
        return .object(message)
    }
}
