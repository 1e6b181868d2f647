import Failures
import FoundationEssentials
import Testing

@testable import AWSClient

@Suite struct SSMClientTests {
    @Test("A parameter goes as JSON with its target in a header; tags only where nothing is overwritten")
    func put() async throws {
        let transport = ScriptedTransport([.success(.json("{\"Version\": 3}")), .success(.json("{\"Version\": 1}"))])
        let ssm = try scriptedSession(transport).ssm(region: "us-gov-west-1")
        #expect(
            try await ssm.putParameter("/images/web", value: "ami-1", dataType: "aws:ec2:image", tags: ["A": "1"]) == 3)
        _ = try await ssm.putParameter("/images/web", value: "ami-1", overwrite: false, tags: ["A": "1"])
        let message = try #require(transport.asked.first)
        #expect(message.url == "https://ssm.us-gov-west-1.amazonaws.com/")
        #expect(message[header: "x-amz-target"] == "AmazonSSM.PutParameter")
        #expect(message[header: "content-type"] == "application/x-amz-json-1.1")
        #expect(
            message.text
                == #"{"DataType":"aws:ec2:image","Name":"/images/web","Overwrite":true,"Type":"String","Value":"ami-1"}"#
        )
        #expect(transport.asked.last?.text.contains(#""Tags":[{"Key":"A","Value":"1"}]"#) == true)
    }

    @Test("Errors in both spellings of the json protocol")
    func refusals() async throws {
        let transport = ScriptedTransport([
            .success(.json(#"{"__type":"com.amazonaws.ssm#ParameterNotFound"}"#, status: 400)),
            .success(
                .json(
                    #"{"Message":"no"}"#, status: 400,
                    headers: [("x-amzn-ErrorType", "ParameterAlreadyExists:http://x")])),
            .success(.json(#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#, status: 400)),
            .success(.json(#"{"Parameter":{"Name":"n","Type":"String","Value":"v","Version":2}}"#)),
        ])
        let ssm = try scriptedSession(transport).ssm()
        let missing = await #expect(throws: AWSFailure.self) { try await ssm.getParameter("n") }
        #expect(missing?.code == .notFound)
        let error = await #expect(throws: AWSFailure.self) { try await ssm.putParameter("n", value: "v") }
        #expect(error?.code == .conflict)
        #expect(try await ssm.getParameter("n").value == "v")
        #expect(transport.asked.count == 4)
    }
}

@Suite struct STSClientTests {
    private static let session = """
        <Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>\
        <SessionToken>role-token</SessionToken><Expiration>2023-11-14T23:13:20Z</Expiration></Credentials>
        """

    @Test("A session with another role signs with the role's key, in another region too")
    func assuming() async throws {
        let transport = ScriptedTransport([
            .success(.xml("<R><AssumeRoleResult>\(Self.session)</AssumeRoleResult></R>")), .success(.xml("<R/>")),
            .success(.xml("<R/>")),
        ])
        let session = try scriptedSession(transport)
        let role = AssumedRole("arn:aws:iam::123456789012:role/r", externalID: "x", duration: 900)
        let other = try session.assuming(role)
        _ = try await other.ec2().describeImages()
        _ = try await other.ec2(region: "cn-north-1").describeImages()
        #expect(transport.asked.count == 3)
        #expect(
            transport.asked[0].fields
                == "DurationSeconds=900&ExternalId=x&RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=kiln")
        #expect(transport.asked[0].url == "https://sts.eu-central-1.amazonaws.com/")
        #expect(transport.asked[1][header: "authorization"]?.contains("Credential=ASIA1/") == true)
        #expect(transport.asked[1][header: "x-amz-security-token"] == "role-token")
        #expect(transport.asked[2].url == "https://ec2.cn-north-1.amazonaws.com.cn/")
    }

    @Test("A web identity needs no key, and its token is in no error")
    func webIdentity() async throws {
        let transport = ScriptedTransport([
            .success(
                .xml(
                    "<R><AssumeRoleWithWebIdentityResult>\(Self.session)</AssumeRoleWithWebIdentityResult></R>")),
            .success(
                .xml(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>no</Message>"
                        + "</Error><RequestId>R</RequestId></ErrorResponse>", status: 400)),
        ])
        let sts = try scriptedSession(transport).sts()
        let role = AssumedRole("arn:aws:iam::123456789012:role/r")
        let found = try await sts.assume(role, webIdentity: Secret("the-token"))
        #expect(found.accessKeyID == "ASIA1")
        #expect(found.expiration == UTC.parseExtended("2023-11-14T23:13:20Z"))
        #expect(transport.asked[0][header: "authorization"] == nil)
        #expect(transport.asked[0].text.contains("WebIdentityToken=the-token"))
        let error = await #expect(throws: AWSFailure.self) {
            try await sts.assume(role, webIdentity: Secret("the-token"))
        }
        #expect(error?.code == .badCredentials)
        #expect(error?.serviceError?.requestID == "R")
        #expect(error.map { "\($0)\(String(reflecting: $0))".contains("the-token") } == false)
    }

    @Test("Who one is")
    func identity() async throws {
        let transport = ScriptedTransport([
            .success(
                .xml(
                    "<R><GetCallerIdentityResult><Arn>arn:aws:iam::012345678901:user/u</Arn><UserId>AIDA</UserId>"
                        + "<Account>012345678901</Account></GetCallerIdentityResult></R>"))
        ])
        #expect(try await scriptedSession(transport).sts().callerIdentity().account == "012345678901")
    }
}

/// The request layer, as far as S3 does not show it.
@Suite struct OtherSignatureTests {
    @Test("A signature from another time is mended once where the service's clock is really another")
    func skew() async throws {
        let late = HTTPAnswer(
            status: 403, headers: [("date", "Wed, 15 Nov 2023 00:13:20 GMT")],
            body: Array(#"{"__type":"InvalidSignatureException","message":"Signature expired"}"#.utf8))
        let transport = ScriptedTransport([.success(late), .success(.json("{\"Version\": 1}"))])
        _ = try await scriptedSession(transport).ssm().putParameter("n", value: "v")
        #expect(transport.asked.map { $0[header: "x-amz-date"] } == ["20231114T221320Z", "20231115T001320Z"])
        // The same refusal from a server whose clock is ours is about the key.
        let wrong = HTTPAnswer(
            status: 403, headers: [("date", "Tue, 14 Nov 2023 22:13:25 GMT")], body: late.body)
        let other = ScriptedTransport([.success(wrong)])
        let error = await #expect(throws: AWSFailure.self) {
            try await scriptedSession(other).ssm().putParameter("n", value: "v")
        }
        #expect(error?.code == .signatureRefused)
        #expect(other.asked.count == 1)
    }
}
