import Crypto
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import AWSClient

/// Keys that somebody has to be asked for: STS, the instance, the container, IAM Identity Center.
@Suite struct CredentialSourceTests {
    private let clock = ManualClock(Date(timeIntervalSince1970: 1_700_000_000))

    private func network(_ transport: ScriptedTransport, region: String? = "eu-central-1") -> CredentialNetwork {
        var network = CredentialNetwork(NetworkSettings(), region: region)
        network.clock = clock.retry
        network.connect = { _ in transport }
        return network
    }

    private func source(
        _ profile: String, _ environment: [String: String], _ transport: ScriptedTransport
    ) throws -> ProfileCredentials {
        let files = try ProfileFiles(environment)
        return ProfileCredentials(try files.profile(profile), files, environment, network(transport))
    }

    private static func session(_ operation: String, _ key: String) -> ScriptedTransport.Step {
        .success(
            .xml(
                """
                <R><\(operation)Result><Credentials><AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>s-\(key)\
                </SecretAccessKey><SessionToken>t-\(key)</SessionToken><Expiration>2023-11-14T23:13:20Z</Expiration>\
                </Credentials></\(operation)Result></R>
                """))
    }

    private static let keys = """
        {"Code": "Success", "AccessKeyId": "ASIAI", "SecretAccessKey": "i-secret", "Token": "i-token",
         "Expiration": "2023-11-14T23:13:20Z"}
        """

    @Test("A role by the key of another profile, and that by the key of a third")
    func sourceProfiles() async throws {
        let config = """
            [profile target]
            role_arn = arn:aws:iam::1:role/target
            source_profile = middle
            external_id = x
            duration_seconds = 1800
            role_session_name = me
            [profile middle]
            role_arn = arn:aws:iam::1:role/middle
            source_profile = keys
            """
        let credentials = "[keys]\naws_access_key_id = BASE\naws_secret_access_key = base-secret\n"
        try await withAWSFolder(config: config, credentials: credentials) { environment in
            let transport = ScriptedTransport([
                Self.session("AssumeRole", "MIDDLE"), Self.session("AssumeRole", "TARGET"),
            ])
            let found = try await source("target", environment, transport).credentials()
            #expect(found?.accessKeyID == "TARGET")
            #expect(found?.sessionToken == Secret("t-TARGET"))
            #expect(found?.expiration == UTC.parseExtended("2023-11-14T23:13:20Z"))
            #expect(transport.asked.map(\.url) == Array(repeating: "https://sts.eu-central-1.amazonaws.com/", count: 2))
            #expect(transport.asked[0][header: "authorization"]?.contains("Credential=BASE/") == true)
            #expect(transport.asked[1][header: "authorization"]?.contains("Credential=MIDDLE/") == true)
            #expect(
                transport.asked[1].fields
                    == "DurationSeconds=1800&ExternalId=x&RoleArn=arn:aws:iam::1:role/target&RoleSessionName=me")
        }
    }

    @Test("A profile that is its own source has keys beside its role; a circle of profiles is an error, not a hang")
    func circles() async throws {
        let config = """
            [profile own]
            role_arn = arn:aws:iam::1:role/own
            source_profile = own
            aws_access_key_id = OWN
            aws_secret_access_key = own-secret
            [profile a]
            role_arn = arn:aws:iam::1:role/a
            source_profile = b
            [profile b]
            role_arn = arn:aws:iam::1:role/b
            source_profile = a
            [profile mfa]
            role_arn = arn:aws:iam::1:role/a
            source_profile = own
            mfa_serial = arn:aws:iam::1:mfa/me
            [profile lost]
            role_arn = arn:aws:iam::1:role/a
            source_profile = nobody
            [profile none]
            role_arn = arn:aws:iam::1:role/a
            """
        try await withAWSFolder(config: config) { environment in
            let transport = ScriptedTransport([Self.session("AssumeRole", "ROLE")])
            let own = try await source("own", environment, transport).credentials()
            #expect(own?.accessKeyID == "ROLE")
            #expect(transport.asked[0][header: "authorization"]?.contains("Credential=OWN/") == true)
            for name in ["a", "mfa", "lost", "none"] {
                let error = await #expect(throws: AWSFailure.self) {
                    try await source(name, environment, ScriptedTransport([])).credentials()
                }
                #expect(error?.code == .badCredentials, "\(name)")
            }
        }
    }

    @Test("A role by the key in the environment, or of the instance")
    func credentialSource() async throws {
        let config = """
            [profile env]
            role_arn = arn:aws:iam::1:role/r
            credential_source = Environment
            [profile instance]
            role_arn = arn:aws:iam::1:role/r
            credential_source = Ec2InstanceMetadata
            """
        try await withAWSFolder(config: config) { environment in
            let keys = ["AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "s"]
            let transport = ScriptedTransport([Self.session("AssumeRole", "ROLE")])
            _ = try await source("env", environment.merging(keys) { $1 }, transport).credentials()
            #expect(transport.asked[0][header: "authorization"]?.contains("Credential=ENVKEY/") == true)
            let other = ScriptedTransport([
                .success(.json("word")), .success(.json("role")), .success(.json(Self.keys)),
                Self.session("AssumeRole", "ROLE"),
            ])
            let enabled = environment.merging(["AWS_EC2_METADATA_DISABLED": "false"]) { $1 }
            _ = try await source("instance", enabled, other).credentials()
            #expect(other.asked[3][header: "authorization"]?.contains("Credential=ASIAI/") == true)
        }
    }

    @Test("A web identity by its file, of the environment and of a profile; no key is asked for")
    func webIdentity() async throws {
        try await withAWSFolder(config: "[default]\n") { environment in
            let home = FilePath(environment["HOME"] ?? "")
            try DurableFile.write(Array("the-token\n".utf8), to: home.appending("token"))
            let transport = ScriptedTransport([Self.session("AssumeRoleWithWebIdentity", "WEB")])
            let variables = [
                "AWS_WEB_IDENTITY_TOKEN_FILE": "\(home)/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/pod",
                "AWS_ROLE_SESSION_NAME": "pod",
            ]
            let source = try #require(WebIdentityCredentials(variables, network(transport, region: nil)))
            #expect(try await source.credentials()?.accessKeyID == "WEB")
            #expect(
                transport.asked[0].fields
                    == "RoleArn=arn:aws:iam::1:role/pod&RoleSessionName=pod&WebIdentityToken=the-token")
            #expect(transport.asked[0].url == "https://sts.us-east-1.amazonaws.com/")
            let config = """
                [profile web]
                role_arn = arn:aws:iam::1:role/web
                web_identity_token_file = \(home)/token
                """
            try DurableFile.write(Array(config.utf8), to: home.appending(".aws/config"))
            let other = ScriptedTransport([Self.session("AssumeRoleWithWebIdentity", "WEB2")])
            #expect(try await self.source("web", environment, other).credentials()?.accessKeyID == "WEB2")
            try Folders.remove(home.appending("token"))
            let error = await #expect(throws: AWSFailure.self) { try await source.credentials() }
            #expect(error?.code == .badCredentials)
        }
    }

    @Test("The instance's role, with a session token; none where nobody answers, where there is no role, or not wanted")
    func instance() async throws {
        func source(_ steps: [ScriptedTransport.Step], _ environment: [String: String] = [:])
            -> (InstanceCredentials, ScriptedTransport)
        {
            let transport = ScriptedTransport(steps)
            return (InstanceCredentials(environment, network(transport)), transport)
        }
        let (found, transport) = source([
            .success(.json("word\n")), .success(.json("my role")), .success(.json(Self.keys)),
        ])
        let keys = try await found.credentials()
        #expect(keys?.accessKeyID == "ASIAI")
        #expect(keys?.sessionToken == Secret("i-token"))
        #expect(transport.asked.map(\.method) == ["PUT", "GET", "GET"])
        #expect(transport.asked[0].url == "http://169.254.169.254/latest/api/token")
        #expect(transport.asked[0][header: "x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        #expect(
            transport.asked[2].url
                == "http://169.254.169.254/latest/meta-data/iam/security-credentials/my%20role")
        #expect(transport.asked[2][header: "x-aws-ec2-metadata-token"] == "word")

        let strangers: [[ScriptedTransport.Step]] = [
            [.failure(.unreachable("no route"))], [.success(.json("<html>", status: 404))],
            [.success(.json("word")), .success(.json("", status: 404))],
        ]
        for steps in strangers {
            let none = try await source(steps).0.credentials()
            #expect(none == nil)
        }
        let (off, silent) = source([], ["AWS_EC2_METADATA_DISABLED": "true"])
        #expect(try await off.credentials() == nil)
        #expect(silent.asked.isEmpty)
        let (six, asked) = source(
            [.failure(.unreachable("no"))], ["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"])
        #expect(try await six.credentials() == nil)
        #expect(asked.asked.first?.url == "http://[fd00:ec2::254]/latest/api/token")
        let (broken, _) = source([
            .success(.json("word")), .success(.json("role")), .success(.json(#"{"Code":"Failed"}"#)),
        ])
        let error = await #expect(throws: AWSFailure.self) { try await broken.credentials() }
        #expect(error?.code == .badCredentials)
    }

    @Test("The container's role, with the token of its file; the token goes to no stranger")
    func container() async throws {
        try await withScratchFolder { folder in
            try DurableFile.write(Array("pod-token\n".utf8), to: folder.appending("token"))
            let transport = ScriptedTransport([.success(.json(Self.keys)), .success(.json(Self.keys))])
            let agent = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "\(folder)/token",
            ]
            let found = try await ContainerCredentials(agent, network(transport)).credentials()
            #expect(found?.accessKeyID == "ASIAI")
            #expect(transport.asked[0][header: "authorization"] == "pod-token")
            _ = try await ContainerCredentials(
                ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"], network(transport)
            ).credentials()
            #expect(transport.asked[1].url == "http://169.254.170.2/v2/x")
            #expect(try await ContainerCredentials([:], network(transport)).credentials() == nil)
            for stranger in [
                "http://10.0.0.1/", "http://evil.example/", "ftp://localhost/", "http://127.evil.example/x",
            ] {
                let silent = ScriptedTransport([])
                let source = ContainerCredentials(
                    ["AWS_CONTAINER_CREDENTIALS_FULL_URI": stranger], network(silent))
                let error = await #expect(throws: AWSFailure.self) { try await source.credentials() }
                #expect(error?.code == .badCredentials)
                #expect(silent.asked.isEmpty)
            }
        }
    }

    @Test("IAM Identity Center, by the token that the AWS CLI left; one that has ended says how to sign in")
    func sso() async throws {
        let config = """
            [profile sso]
            sso_session = corp
            sso_account_id = 123456789012
            sso_role_name = Builder
            [sso-session corp]
            sso_region = eu-west-1
            sso_start_url = https://corp.awsapps.com/start
            """
        try await withAWSFolder(config: config) { environment in
            let cache = FilePath(environment["HOME"] ?? "").appending(".aws/sso/cache")
            try Folders.create(cache)
            let name = Insecure.SHA1.hash(data: Data("corp".utf8)).hexadecimal
            func leave(_ end: String) throws {
                let token = #"{"accessToken": "sso-token", "expiresAt": "\#(end)", "region": "eu-west-1"}"#
                try DurableFile.write(Array(token.utf8), to: cache.appending("\(name).json"))
            }
            try leave("2023-11-15T00:00:00Z")
            let answer = """
                {"roleCredentials": {"accessKeyId": "ASIAS", "secretAccessKey": "s", "sessionToken": "t",
                 "expiration": 1700003600000}}
                """
            let transport = ScriptedTransport([.success(.json(answer)), .success(.json("{}", status: 403))])
            let found = try await source("sso", environment, transport).credentials()
            #expect(found?.accessKeyID == "ASIAS")
            #expect(found?.expiration == Date(timeIntervalSince1970: 1_700_003_600))
            #expect(
                transport.asked[0].url
                    == "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials"
                    + "?account_id=123456789012&role_name=Builder")
            #expect(transport.asked[0][header: "x-amz-sso_bearer_token"] == "sso-token")
            let denied = await #expect(throws: AWSFailure.self) {
                try await source("sso", environment, transport).credentials()
            }
            #expect(denied?.code == .accessDenied)
            try leave("2023-11-14T22:00:00Z")
            let ended = await #expect(throws: AWSFailure.self) {
                try await source("sso", environment, ScriptedTransport([])).credentials()
            }
            #expect(ended?.hint == "aws sso login --profile sso")
            #expect(ended.map { "\($0)".contains("sso-token") } == false)
        }
    }

    @Test("Many who ask at once make one search; what has not ended yet serves while the source is in trouble")
    func sharing() async throws {
        let source = SlowSource()
        let chain = CredentialChain([source], now: { clock.now })
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await chain.credentials().accessKeyID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(keys == ["K1"])
        // Four minutes before the end it is time to ask again, and not yet time to fail.
        clock.advance(by: 3600 - 240)
        await source.fail()
        #expect(try await chain.credentials().accessKeyID == "K1")
        clock.advance(by: 300)
        let error = await #expect(throws: AWSFailure.self) { try await chain.credentials() }
        #expect(error?.code == .badCredentials)
    }
}

private actor SlowSource: CredentialSource {
    nonisolated let name = "a slow one"
    private var count = 0
    private var fails = false

    func fail() { fails = true }

    func credentials() async throws(AWSFailure) -> AWSCredentials? {
        if fails { throw AWSFailure(.badCredentials, "no more") }
        count += 1
        let number = count
        try? await Task.sleep(for: .milliseconds(50))
        return AWSCredentials(
            accessKeyID: "K\(number)", secretAccessKey: Secret("s"),
            expiration: Date(timeIntervalSince1970: 1_700_003_600), source: name)
    }
}

@Suite struct ProxySettingsTests {
    @Test("Each scheme has its proxy, and the lower-case name is the stronger")
    func proxies() throws {
        let settings = try ProxySettings([
            "HTTPS_PROXY": "http://upper:1", "https_proxy": "http://user:pa%40ss@lower:3128", "HTTP_PROXY": "plain:80",
        ])
        let proxy = try #require(settings.proxy(for: "https://ec2.eu-central-1.amazonaws.com/"))
        #expect(proxy.host == "lower")
        #expect(proxy.port == 3128)
        #expect(proxy.password == Secret("user:pa@ss"))
        #expect(!"\(proxy)".contains("pa@ss"))
        #expect(settings.proxy(for: "http://lab:9000/")?.host == "plain")
        #expect(try ProxySettings([:]).proxy(for: "https://x/") == nil)
    }

    @Test(
        "NO_PROXY: hosts, domains with and without a dot, ports, and all",
        arguments: [
            ("lab.example", "https://lab.example/", true), ("lab.example", "https://s3.lab.example/", true),
            (".lab.example", "https://s3.lab.example/", true), ("lab.example", "https://mylab.example/", false),
            ("localhost, 127.0.0.1", "https://127.0.0.1:9000/", true), ("127.0.0.1:9000", "https://127.0.0.1/", false),
            ("127.0.0.1:9000", "https://127.0.0.1:9000/", true), ("x:443", "https://x/", true),
            ("*", "https://anything/", true), ("", "https://x/", false), ("LAB", "https://lab/", true),
        ])
    func exceptions(list: String, url: String, isExempt: Bool) throws {
        let settings = try ProxySettings(["HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": list])
        #expect((settings.proxy(for: url) == nil) == isExempt)
    }

    @Test("What is no HTTP proxy is refused without its password", arguments: ["socks5://u:topsecret@x:1", "http://"])
    func refused(url: String) {
        let error = #expect(throws: AWSFailure.self) { try ProxySettings(["HTTPS_PROXY": url]) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.message.contains("HTTPS_PROXY") == true)
        #expect(error.map { "\($0)".contains("topsecret") } == false)
    }
}
