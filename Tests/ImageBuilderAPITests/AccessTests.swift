import Foundation
import Synchronization
import Testing

@testable import AWSClient
@testable import ImageBuilderAPI

@Suite("Who may ask") struct AccessTests {
    static let now = Date(timeIntervalSince1970: 1_700_000_000)

    private func authenticator(at time: Date = now) -> Authenticator {
        Authenticator(keys: FixedKeys(), region: "us-east-1", clock: { time })
    }

    private func refusal(
        of request: APIRequest, _ authenticator: Authenticator, isRepeatable: Bool = true
    ) async -> APIError? {
        await #expect(throws: APIError.self) {
            try await authenticator.caller(of: request, isRepeatable: isRepeatable)
        }
    }

    /// "get-vanilla" of AWS's test suite for Signature Version 4.
    @Test("a published signature holds, and no other")
    func vector() throws {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            + "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        let signature = try #require(RequestSignature(authorization: header))
        let date = try #require(RequestSignature.date("20150830T123600Z"))
        let secret = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        var request = RequestSignature.Request(
            method: "GET", path: "/", query: [],
            headers: [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"), ("Accept", "any")],
            body: [])
        #expect(signature.holds(for: request, secret: secret, at: date))
        #expect(!signature.holds(for: request, secret: Secret("another"), at: date))
        #expect(!signature.holds(for: request, secret: secret, at: date + 1))
        request.body = [1]
        #expect(!signature.holds(for: request, secret: secret, at: date))
        #expect(RequestSignature(authorization: header.replacing("aws4_request", with: "aws4")) == nil)
        #expect(RequestSignature(authorization: "Basic abc") == nil)
    }

    @Test("a signed request is its key's")
    func accepts() async throws {
        let request = SignedRequests.sign("POST", "/ListComponents", body: "{}", at: Self.now)
        let caller = try await authenticator().caller(of: request, isRepeatable: true)
        #expect(caller == FixedKeys.caller)
        let query = SignedRequests.sign(
            "DELETE", "/tags/arn%3Aaws%3Ab%2Fc", query: [("tagKeys", "b c"), ("tagKeys", "a+é")], at: Self.now)
        #expect(try await authenticator().caller(of: query, isRepeatable: true) == FixedKeys.caller)
    }

    @Test(
        "what was changed after it was signed is refused",
        arguments: [0, 1, 2, 3, 4] as [Int])
    func refusesChanges(_ change: Int) async {
        var request = SignedRequests.sign("POST", "/ListComponents", query: [("a", "b")], body: "{}", at: Self.now)
        switch change {
        case 0: request.method = "PUT"
        case 1: request.path = "/ListImages"
        case 2: request.query = "a=c"
        case 3: request.body = Array("{ }".utf8)
        default: request.headers = request.headers.map { $0.name == "host" ? ("host", "elsewhere") : $0 }
        }
        #expect(await refusal(of: request, authenticator())?.name == "InvalidSignatureException")
    }

    @Test("a clock may be a quarter of an hour wrong, and no more")
    func skew() async throws {
        let request = SignedRequests.sign("GET", "/GetComponent", at: Self.now)
        for seconds in [-900.0, 900] {
            _ = try await authenticator(at: Self.now + seconds).caller(of: request, isRepeatable: true)
        }
        for (seconds, word) in [(901.0, "expired"), (-901, "not yet current")] {
            let error = await refusal(of: request, authenticator(at: Self.now + seconds))
            #expect(error?.name == "InvalidSignatureException")
            #expect(error?.message.contains(word) == true)
        }
    }

    @Test("what may not be done twice is not taken from a copy; what a client sends twice within a second is")
    func replays() async throws {
        let clock = Mutex(Self.now)
        let authenticator = Authenticator(
            keys: FixedKeys(), region: "us-east-1", clock: { clock.withLock { $0 } })
        let request = SignedRequests.sign("DELETE", "/DeleteComponent", at: Self.now)
        _ = try await authenticator.caller(of: request, isRepeatable: false)
        _ = try await authenticator.caller(of: request, isRepeatable: false)
        clock.withLock { $0 += ReplayGuard.honest + 1 }
        #expect(await refusal(of: request, authenticator, isRepeatable: false)?.name == "InvalidSignatureException")
        _ = try await authenticator.caller(of: request, isRepeatable: true)
        let later = SignedRequests.sign("DELETE", "/DeleteComponent", at: Self.now + 6)
        _ = try await authenticator.caller(of: later, isRepeatable: false)
    }

    @Test("what is signed by nobody, by somebody unknown or for another service is refused in AWS's words")
    func strangers() async {
        let plain = APIRequest(method: "GET", path: "/GetComponent")
        #expect(await refusal(of: plain, authenticator())?.name == "MissingAuthenticationTokenException")
        var basic = plain
        basic.headers = [("Authorization", "Basic abc")]
        #expect(await refusal(of: basic, authenticator())?.name == "IncompleteSignatureException")
        for (key, region, service, name) in [
            ("AKIAUNKNOWN", "us-east-1", "imagebuilder", "UnrecognizedClientException"),
            (FixedKeys.caller.accessKeyID, "us-east-1", "ec2", "InvalidSignatureException"),
            (FixedKeys.caller.accessKeyID, "eu-west-1", "imagebuilder", "InvalidSignatureException"),
        ] {
            let request = SignedRequests.sign(
                "GET", "/GetComponent", key: key, region: region, service: service, at: Self.now)
            #expect(await refusal(of: request, authenticator())?.name == name)
        }
        var unsigned = SignedRequests.sign("GET", "/GetComponent", at: Self.now)
        unsigned.headers.append(("x-amz-extra", "1"))
        #expect(await refusal(of: unsigned, authenticator())?.name == "InvalidSignatureException")
    }

    @Test("a key has so many requests a second, and as many again saved")
    func rates() {
        let limit = RateLimit(perSecond: 2)
        let taken = (0..<6).map { _ in limit.admits(FixedKeys.caller, now: Self.now) }
        #expect(taken == [true, true, true, true, false, false])
        #expect(limit.admits(FixedKeys.caller, now: Self.now + 0.5))
        #expect(!limit.admits(FixedKeys.caller, now: Self.now + 0.5))
        let other = Caller(name: "b", accessKeyID: "OTHER", isReadOnly: false)
        #expect(limit.admits(other, now: Self.now + 0.5))
    }

    @Test(
        "elsewhere than on loopback there is TLS or nothing",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
            ("::", false), ("192.168.1.2", false), ("::ffff:127.0.0.1", false), ("example.org", false),
        ])
    func loopback(_ host: String, _ isLoopback: Bool) {
        let options = ServerOptions(host: host)
        #expect(options.isLoopback == isLoopback)
        if isLoopback {
            #expect(throws: Never.self) { try options.tls() }
        } else {
            #expect(throws: APIFailure.self) { try options.tls() }
        }
    }
}

/// One key that is known.
struct FixedKeys: KeySource {
    static let caller = Caller(name: "test", accessKeyID: "AKIATESTTESTTESTTEST", isReadOnly: false)
    static let secret = Secret("a secret of the tests")

    func key(_ accessKeyID: String) async throws -> (caller: Caller, secret: Secret)? {
        accessKeyID == Self.caller.accessKeyID ? (Self.caller, Self.secret) : nil
    }
}

/// Signs as Kiln's own clients do.
enum SignedRequests {
    static func sign(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [], body: String = "",
        key: String = FixedKeys.caller.accessKeyID, region: String = "us-east-1", service: String = "imagebuilder",
        at date: Date
    ) -> APIRequest {
        let signer = SigV4(service: service, region: region, rules: .others)
        let added = signer.headers(
            for: SigV4.Request(method: method, host: "here", path: path, query: query),
            payloadHash: SigV4.hexDigest(of: body.utf8),
            credentials: AWSCredentials(accessKeyID: key, secretAccessKey: FixedKeys.secret, source: "tests"), at: date)
        return APIRequest(
            method: method, path: path, query: PercentEncoding.query(query), headers: [("host", "here")] + added,
            body: Array(body.utf8))
    }
}
