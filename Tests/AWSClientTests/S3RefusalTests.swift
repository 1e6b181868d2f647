import Failures
import FoundationEssentials
import HostSystem
import LocalS3
import SystemPackage
import Testing

@testable import AWSClient

/// What a real server refuses ends in one error, with the right status and no secret in it.
@Suite(.serialized, .enabled(if: LocalS3.isInstalled), .timeLimit(.minutes(5))) struct S3RefusalTests {
    /// The error of sending a file of two parts.
    private func refused(
        _ settings: AWSSettings, bucket: String, clock: RetryClock = .system
    ) async throws -> AWSFailure {
        try await withScratchFolder { folder in
            let file = folder.appending("disk")
            try await HostCommand("truncate", ["-s", "9M", file.string]).run()
            let transport = try AsyncHTTPTransport(NetworkSettings())
            let s3 = S3Client(
                target: try S3Endpoint(settings: settings), chain: CredentialChain(settings.credentials),
                transport: transport, retry: RetryPolicy(base: .milliseconds(10), longest: .milliseconds(50)),
                clock: clock)
            let error = await #expect(throws: AWSFailure.self) {
                try await S3Upload(file: file, to: S3Location(bucket: bucket, key: "disk")).run(s3)
            }
            await transport.shutDown()
            #expect(try Folders.names(in: folder) == ["disk"])
            return try #require(error)
        }
    }

    @Test("A wrong secret")
    func wrongSecret() async throws {
        let server = try await LocalS3.shared()
        let wrong = Secret("wrong-\(UInt64.random(in: 0 ..< .max))")
        let error = try await refused(server.settings(secret: wrong), bucket: LocalS3.bucket)
        #expect(error.code == .signatureRefused)
        #expect(error.exitStatus == .unavailable)
        #expect(error.message.contains("SignatureDoesNotMatch"))
        #expect(error.hint?.contains(server.accessKeyID) == true)
        let shown = "\(error) \(String(reflecting: error)) \(error.hint ?? "")"
        #expect(!shown.contains(wrong.reveal()))
        #expect(!shown.contains("AWS4-HMAC-SHA256"))
    }

    @Test("A key that nobody has")
    func unknownKey() async throws {
        let server = try await LocalS3.shared()
        let settings = try AWSSettings(
            flags: .init(
                accessKeyID: "NOBODY", secretAccessKey: Secret("xyzzy-secret"), region: "us-east-1",
                endpoint: server.endpoint), environment: ["HOME": "/nonexistent"])
        let error = try await refused(settings, bucket: LocalS3.bucket)
        #expect(error.code == .signatureRefused)
        #expect(!"\(error)".contains("xyzzy"))
    }

    @Test("A bucket that is not there, with the command that makes it")
    func missingBucket() async throws {
        let server = try await LocalS3.shared()
        let error = try await refused(server.settings(), bucket: "no-such-bucket")
        #expect(error.code == .noSuchBucket)
        #expect(error.exitStatus == .unavailable)
        #expect(error.hint == "make it: aws s3 mb s3://no-such-bucket --endpoint-url \(server.endpoint)")
    }

    @Test("A port that nothing listens on, and a name that nobody has", arguments: ["127.0.0.1:1", "s3.invalid:9000"])
    func unreachable(host: String) async throws {
        let server = try await LocalS3.shared()
        let error = try await refused(server.settings(endpoint: "http://\(host)"), bucket: LocalS3.bucket)
        #expect(error.code == .unreachable)
        #expect(error.exitStatus == .unavailable)
        #expect(error.message.contains(host))
    }

    @Test("What would end the upload is found before there is anything to upload")
    func checkedBeforehand() async throws {
        let server = try await LocalS3.shared()
        let found = await [
            outcome(try server.settings(), LocalS3.bucket), outcome(try server.settings(), "no-such-bucket"),
            outcome(try server.settings(secret: Secret("wrong")), LocalS3.bucket),
            outcome(try server.settings(endpoint: "http://127.0.0.1:1"), LocalS3.bucket),
        ]
        #expect(found == [nil, .noSuchBucket, .signatureRefused, .unreachable])
    }

    private func outcome(_ settings: AWSSettings, _ bucket: String) async -> AWSFailureCode? {
        do {
            let retry = RetryPolicy(base: .milliseconds(10), longest: .milliseconds(50))
            try await S3Client.with(settings, retry: retry) { s3 in try await s3.checkBucket(bucket) }
            return nil
        } catch {
            return (error as? AWSFailure)?.code
        }
    }

    @Test("A clock two hours off: put right from the server's answer, or told of")
    func skewedClock() async throws {
        let server = try await LocalS3.shared()
        let start = Date()
        let clock = RetryClock(
            now: { Date().addingTimeInterval(-7200) }, sleep: { try await Task.sleep(for: $0) }, fraction: { 0.5 })
        let transport = try AsyncHTTPTransport(NetworkSettings())
        let settings = try server.settings()
        let s3 = S3Client(
            target: try S3Endpoint(settings: settings), chain: CredentialChain(settings.credentials),
            transport: transport, retry: RetryPolicy(), clock: clock)
        try await s3.putObject(
            Array("x".utf8), to: S3Location(bucket: LocalS3.bucket, key: "skew"), contentType: "text/plain")
        await transport.shutDown()
        #expect(Date().timeIntervalSince(start) < 30)
    }
}
