import Failures
import FoundationEssentials
import Testing

@testable import AWSClient

@Suite struct RetryPolicyTests {
    @Test("Waits grow twofold to the longest, and chance takes any part of them")
    func waits() {
        let policy = RetryPolicy(base: .milliseconds(200), longest: .seconds(20))
        #expect(policy.wait(after: 1, fraction: 1) == .milliseconds(200))
        #expect(policy.wait(after: 4, fraction: 1) == .milliseconds(1600))
        #expect(policy.wait(after: 4, fraction: 0.5) == .milliseconds(800))
        #expect(policy.wait(after: 60, fraction: 1) == .seconds(20))
        #expect(policy.wait(after: 3, fraction: 0) == .zero)
    }

    @Test("Retry-After is a minimum, and no server can ask for more than the longest wait")
    func retryAfter() {
        let policy = RetryPolicy(longest: .seconds(20))
        #expect(policy.wait(after: 1, fraction: 0, asked: 3) == .seconds(3))
        #expect(policy.wait(after: 1, fraction: 0, asked: 86400) == .seconds(20))
        #expect(policy.wait(after: 1, fraction: 0, asked: -5) == .zero)
    }

    @Test(
        "What may pass by itself is tried again, what will not is not",
        arguments: [
            (500, "InternalError", true), (503, "SlowDown", true), (502, "HTTP502", true), (429, "x", true),
            (400, "RequestTimeout", true), (400, "BadDigest", true), (400, "ThrottlingException", true),
            (501, "NotImplemented", false), (400, "InvalidRequest", false), (403, "AccessDenied", false),
            (403, "SignatureDoesNotMatch", false), (404, "NoSuchBucket", false), (409, "BucketNotEmpty", false),
        ])
    func passing(status: Int, code: String, passes: Bool) {
        #expect(RetryPolicy.mayPass(status: status, code: code) == passes)
    }
}

/// The request layer with its network, clock and chance in the test's hands.
@Suite struct ServiceClientTests {
    private let clock = ManualClock(Date(timeIntervalSince1970: 1_700_000_000))
    private let location = S3Location(bucket: "images", key: "disk")

    private func client(_ transport: ScriptedTransport, _ sources: [any CredentialSource]? = nil) throws -> S3Client {
        let settings = try AWSSettings(
            flags: .init(endpoint: "http://lab:9"), environment: ["HOME": "/nonexistent"])
        let fixed = FixedCredentials(
            AWSCredentials(accessKeyID: "KEY", secretAccessKey: Secret("the-secret"), source: "the test"))
        return S3Client(
            target: try S3Endpoint(settings: settings), chain: CredentialChain(sources ?? [fixed]),
            transport: transport,
            retry: RetryPolicy(), clock: clock.retry)
    }

    @Test("Faults that pass are tried again with growing waits, at least as long as the server asks")
    func retries() async throws {
        let transport = ScriptedTransport([
            .success(.refusal(500, "InternalError")),
            .success(.refusal(503, "SlowDown", headers: [("Retry-After", "7")])),
            .failure(.broken("reset")),
            .success(.done),
        ])
        let object = try await client(transport).headObject(location)
        #expect(object.etag == "abc")
        #expect(clock.slept == [.milliseconds(100), .seconds(7), .milliseconds(400)])
    }

    @Test("A service that goes on failing is given up after six attempts, with its code and request in the error")
    func givesUp() async throws {
        let failing = HTTPAnswer.refusal(503, "SlowDown", "Please reduce", headers: [("x-amz-request-id", "R1")])
        let transport = ScriptedTransport(Array(repeating: .success(failing), count: 10))
        let error = await #expect(throws: AWSFailure.self) { try await client(transport).headObject(location) }
        #expect(transport.asked.count == 6)
        #expect(error?.code == .service)
        #expect(error?.exitStatus == .unavailable)
        #expect(error?.message.contains("after 6 attempts: SlowDown (HTTP 503): Please reduce, request R1") == true)
    }

    @Test("A refused signature is not tried again, names the key and where it came from, and not the secret")
    func refusedSignature() async throws {
        let transport = ScriptedTransport([.success(.refusal(403, "SignatureDoesNotMatch"))])
        let error = await #expect(throws: AWSFailure.self) { try await client(transport).headObject(location) }
        #expect(transport.asked.count == 1)
        #expect(error?.code == .signatureRefused)
        #expect(error?.hint?.contains("the key KEY came from the test") == true)
        #expect(error.map { "\($0)\(String(reflecting: $0))".contains("the-secret") } == false)
    }

    @Test("A clock that is wrong is learned from the answer's Date, once, and the request signed anew")
    func skew() async throws {
        let skewed = HTTPAnswer.refusal(
            403, "RequestTimeTooSkewed", headers: [("Date", "Wed, 15 Nov 2023 00:13:20 GMT")])
        let transport = ScriptedTransport([.success(skewed), .success(.done), .success(.done)])
        let s3 = try client(transport)
        _ = try await s3.headObject(location)
        _ = try await s3.headObject(location)
        let dates = transport.asked.map { message in message.headers.first { $0.name == "x-amz-date" }?.value }
        #expect(dates == ["20231114T221320Z", "20231115T001320Z", "20231115T001320Z"])
        #expect(clock.slept.isEmpty)
    }

    @Test("A server that calls the time wrong whatever is done ends in one error about the clock")
    func hopelessSkew() async throws {
        let skewed = HTTPAnswer.refusal(
            403, "RequestTimeTooSkewed", headers: [("Date", "Wed, 15 Nov 2023 00:13:20 GMT")])
        let transport = ScriptedTransport([.success(skewed), .success(skewed), .success(skewed)])
        let error = await #expect(throws: AWSFailure.self) { try await client(transport).headObject(location) }
        #expect(transport.asked.count == 2)
        #expect(error?.hint?.contains("clock") == true)
    }

    @Test("An expired session is renewed once; one that stays the same is told of")
    func expired() async throws {
        let source = RenewingSource()
        let transport = ScriptedTransport([.success(.refusal(400, "ExpiredToken")), .success(.done)])
        _ = try await client(transport, [source]).headObject(location)
        let keys = transport.asked.compactMap { message in
            message.headers.first { $0.name == "authorization" }?.value.firstRange(of: "Credential=K2/")
        }
        #expect(keys.count == 1)
        let stale = ScriptedTransport([.success(.refusal(400, "ExpiredToken")), .success(.done)])
        let error = await #expect(throws: AWSFailure.self) { try await client(stale).headObject(location) }
        #expect(error?.code == .signatureRefused)
        #expect(stale.asked.count == 1)
    }

    @Test("A host that cannot be reached is given up sooner than a service that fails")
    func unreachable() async throws {
        let transport = ScriptedTransport(Array(repeating: .failure(.unreachable("refused")), count: 10))
        let error = await #expect(throws: AWSFailure.self) { try await client(transport).headObject(location) }
        #expect(transport.asked.count == 4)
        #expect(error?.code == .unreachable)
        #expect(error?.message == "cannot reach S3 at http://lab:9 after 4 attempts: refused")
        #expect(error?.exitStatus == .unavailable)
    }

    @Test("A bucket that is elsewhere names its region")
    func elsewhere() async throws {
        let moved = HTTPAnswer(status: 301, headers: [("x-amz-bucket-region", "eu-west-1")])
        let error = await #expect(throws: AWSFailure.self) {
            try await client(ScriptedTransport([.success(moved)])).headObject(location)
        }
        #expect(error?.hint == "the bucket is in eu-west-1: use --region eu-west-1")
    }

    @Test("An error inside a 200 is an error, and is tried again")
    func errorInside200() async throws {
        let slow = HTTPAnswer(
            status: 200, headers: [], body: Array("<Error><Code>InternalError</Code></Error>".utf8))
        let transport = ScriptedTransport([.success(slow), .success(.done)])
        try await client(transport).completeMultipartUpload("U", of: location, parts: [], size: 0, checksum: nil)
        #expect(transport.asked.count == 2)
    }
}

private actor RenewingSource: CredentialSource {
    nonisolated let name = "a session"
    private var count = 0

    func credentials() async throws(AWSFailure) -> AWSCredentials? {
        count += 1
        return AWSCredentials(accessKeyID: "K\(count)", secretAccessKey: Secret("s"), source: name)
    }
}
