import Failures
import Foundation
import HostSystem
import LocalMoto
import Testing

@testable import AWSClient

@Suite struct SNSTests {
    private static let topic = "arn:aws:sns:eu-central-1:123456789012:images"

    @Test("A message is a form with a signature for the topic's region")
    func form() async throws {
        let transport = ScriptedTransport([
            .success(
                .xml("<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>"))
        ])
        let sns = try scriptedSession(transport).sns(region: "eu-west-1")
        #expect(
            try await sns.publish("{\"a\": \"ä&b\"}", to: Self.topic, subject: String(repeating: "s", count: 101))
                == "m-1")
        let asked = transport.asked[0]
        #expect(asked.url == "https://sns.eu-west-1.amazonaws.com/")
        #expect(asked[header: "authorization"]?.contains("/eu-west-1/sns/aws4_request") == true)
        #expect(asked.text.contains("Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns"))
        #expect(asked.text.contains("Message=%7B%22a%22%3A%20%22%C3%A4%26b%22%7D"))
        #expect(asked.text.contains("Subject=\(String(repeating: "s", count: 100))&"))
    }

    @Test(
        "What the service refuses is told in Kiln's words",
        arguments: [
            ("NotFound", 404, AWSFailureCode.notFound), ("AuthorizationError", 403, .accessDenied),
            ("InvalidParameter", 400, .badRequest), ("KMSAccessDenied", 400, .accessDenied),
        ])
    func refusals(_ code: String, _ status: Int, _ expected: AWSFailureCode) async throws {
        let refusal =
            "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>no</Message></Error>"
            + "<RequestId>R</RequestId></ErrorResponse>"
        let transport = ScriptedTransport([.success(.xml(refusal, status: status))])
        let error = await #expect(throws: AWSFailure.self) {
            try await scriptedSession(transport).sns().publish("a", to: Self.topic)
        }
        #expect(error?.code == expected && error?.message.contains(Self.topic) == true)
        #expect(transport.asked.count == 1)
    }

    @Test("A subscriber has what was published", .enabled(if: LocalMoto.isInstalled), .timeLimit(.minutes(3)))
    func moto() async throws {
        let moto = try await LocalMoto.shared()
        struct Topic: Decodable { var TopicArn: String }
        struct Queue: Decodable { var QueueUrl: String }
        struct Attributes: Decodable { var Attributes: [String: String] }
        func read<Answer: Decodable>(_ text: String) throws -> Answer {
            try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
        }
        // The CLI does not take SQS's endpoint from the environment.
        let name = "kiln-\(UInt32.random(in: 0 ..< .max))"
        let topic: Topic = try read(try await moto.aws("sns", "create-topic", "--name", name))
        let queue: Queue = try read(
            try await moto.aws("sqs", "create-queue", "--endpoint-url", moto.endpoint, "--queue-name", name))
        let attributes: Attributes = try read(
            try await moto.aws(
                "sqs", "get-queue-attributes", "--endpoint-url", moto.endpoint, "--queue-url", queue.QueueUrl,
                "--attribute-names", "QueueArn"))
        let arn = try #require(attributes.Attributes["QueueArn"])
        try await moto.aws(
            "sns", "subscribe", "--topic-arn", topic.TopicArn, "--protocol", "sqs", "--notification-endpoint", arn,
            "--attributes", "RawMessageDelivery=true")
        let message = "{\"state\":{\"status\":\"AVAILABLE\"},\"name\":\"Bäcker & Söhne\"}"
        try await AWSSession.with(try moto.settings()) { aws in
            let sns = try aws.sns(region: "eu-central-1")
            try await sns.publish(message, to: topic.TopicArn)
            let error = await #expect(throws: AWSFailure.self) {
                try await sns.publish(message, to: topic.TopicArn + "-none")
            }
            #expect(error?.code == .notFound)
        }
        struct Messages: Decodable {
            var Messages: [Message]
            struct Message: Decodable { var Body: String }
        }
        let received: Messages = try read(
            try await moto.aws("sqs", "receive-message", "--endpoint-url", moto.endpoint, "--queue-url", queue.QueueUrl)
        )
        #expect(received.Messages.map(\.Body) == [message])
    }
}
