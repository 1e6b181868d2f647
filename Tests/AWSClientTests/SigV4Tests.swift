import FoundationEssentials
import Testing

@testable import AWSClient

@Suite struct SigV4Tests {
    @Test(
        "The requests of AWS's signing test suite get its signatures",
        arguments: SigningVector.vanilla + SigningVector.headers + SigningVector.queries + SigningVector.paths
            + SigningVector.later)
    func suite(vector: SigningVector) throws { try check(vector, .others) }

    @Test("Paths that are signed as they are", arguments: SigningVector.unnormalized)
    func unnormalized(vector: SigningVector) throws {
        try check(vector, SigV4.Rules(encodesPathTwice: true, normalizesPath: false, sendsPayloadHash: false))
    }

    @Test("URLs that are signed in their query", arguments: SigningVector.presigned)
    func presigned(vector: SigningVector) throws {
        let signer = SigV4(service: "service", region: "us-east-1", rules: .others)
        let query = signer.presignedQuery(
            for: SigV4.Request(method: "GET", host: "example.amazonaws.com", path: "/"), lifetime: 3600,
            credentials: credentials(vector), at: try #require(UTC.parseExtended("2015-08-30T12:36:00Z")))
        #expect(query.hasSuffix("&X-Amz-Signature=\(vector.signature)"))
    }

    private func credentials(_ vector: SigningVector) -> AWSCredentials {
        AWSCredentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            sessionToken: vector.token.map { Secret($0) }, source: "the suite")
    }

    private func check(_ vector: SigningVector, _ rules: SigV4.Rules) throws {
        let signer = SigV4(service: "service", region: "us-east-1", rules: rules)
        let request = SigV4.Request(
            method: vector.method, host: "example.amazonaws.com", path: vector.path, query: vector.query,
            headers: vector.headers)
        let date = try #require(UTC.parseExtended("2015-08-30T12:36:00Z"))
        let headers = signer.headers(
            for: request, payloadHash: SigV4.hexDigest(of: vector.body.utf8),
            credentials: credentials(vector), at: date)
        let proof = try #require(headers.first { $0.name == "authorization" }?.value)
        #expect(proof.hasSuffix("Signature=\(vector.signature)"))
        #expect(proof.contains("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"))
    }

    @Test("The canonical request and the string to sign are the suite's (get-vanilla-query-order-value)")
    func steps() throws {
        let signer = SigV4(service: "service", region: "us-east-1", rules: .others)
        let request = SigV4.Request(
            method: "GET", host: "", path: "/", query: [("Param1", "value2"), ("Param1", "value1")],
            headers: [("X-Amz-Date", "20150830T123600Z"), ("Host", "example.amazonaws.com")])
        let (canonical, names) = signer.canonicalRequest(request, payloadHash: SigV4.emptyPayloadHash)
        #expect(names == "host;x-amz-date")
        #expect(
            canonical == """
                GET
                /
                Param1=value1&Param1=value2
                host:example.amazonaws.com
                x-amz-date:20150830T123600Z

                host;x-amz-date
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """)
        let date = try #require(UTC.parseExtended("2015-08-30T12:36:00Z"))
        #expect(
            signer.stringToSign(canonical, at: date) == """
                AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/us-east-1/service/aws4_request
                c968629d70850097a2d8781c9bf7edcb988b04cac14cca9be4acc3595f884606
                """)
    }
}

/// The worked examples of the S3 API reference ("Signature calculations", "Query parameters").
@Suite struct S3SigningTests {
    private let signer = SigV4(service: "s3", region: "us-east-1", rules: .s3)
    private let credentials = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        source: "the reference")

    private func signed(_ request: SigV4.Request, body: String = "") throws -> [String: String] {
        let date = try #require(UTC.parseExtended("2013-05-24T00:00:00Z"))
        let headers = signer.headers(
            for: request, payloadHash: SigV4.hexDigest(of: body.utf8), credentials: credentials, at: date)
        return Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })
    }

    private func request(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) -> SigV4.Request {
        SigV4.Request(
            method: method, host: "examplebucket.s3.amazonaws.com", path: path, query: query, headers: headers)
    }

    @Test("GET Object with a range")
    func getObject() throws {
        let headers = try signed(request("GET", "/test.txt", headers: [("Range", "bytes=0-9")]))
        #expect(
            headers["authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        #expect(headers["x-amz-content-sha256"] == SigV4.emptyPayloadHash)
        #expect(headers["x-amz-date"] == "20130524T000000Z")
    }

    @Test("PUT Object: the key is encoded once, the body is in the signature")
    func putObject() throws {
        let path = "/" + PercentEncoding.path("test$file.text")
        #expect(path == "/test%24file.text")
        let headers = try signed(
            request(
                "PUT", path,
                headers: [
                    ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ]), body: "Welcome to Amazon S3.")
        #expect(
            headers["authorization"]?.hasSuffix(
                "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
                    + "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd") == true)
    }

    @Test(
        "Requests to the bucket: a parameter without a value, and two to be sorted",
        arguments: [
            ([("lifecycle", "")], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            (
                [("prefix", "J"), ("max-keys", "2")],
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
        ])
    func bucket(query: [(String, String)], signature: String) throws {
        let headers = try signed(request("GET", "/", query: query.map { (name: $0.0, value: $0.1) }))
        #expect(headers["authorization"]?.hasSuffix("Signature=\(signature)") == true)
    }

    @Test("A pre-signed URL of a day")
    func presigned() throws {
        let date = try #require(UTC.parseExtended("2013-05-24T00:00:00Z"))
        let query = signer.presignedQuery(
            for: request("GET", "/test.txt"), lifetime: 86400, credentials: credentials, at: date)
        #expect(
            query == "X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test(
        "S3 signs a path as it is: what other services fold away is part of the key here",
        arguments: ["/a//b", "/a/./b", "/a/../b", "/a%20b", "/trailing/"])
    func keyAsItIs(path: String) {
        #expect(signer.canonicalPath(path) == path)
    }

    @Test("A secret is not in what a signed request, or credentials, print")
    func secrets() throws {
        let headers = try signed(request("GET", "/test.txt"))
        #expect(!"\(headers) \(credentials) \(String(reflecting: credentials))".contains("wJalrXUtnFEMI"))
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("wJalrXUtnFEMI"))
    }
}
