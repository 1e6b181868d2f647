import Failures
import FoundationEssentials
import HostSystem
import SystemPackage
import Testing

@testable import AWSClient

/// A HOME of its own with an `.aws` folder, gone after the test.
func withAWSFolder(
    config: String? = nil, credentials: String? = nil,
    _ body: (_ environment: [String: String]) async throws -> Void
) async throws {
    try await withScratchFolder { home in
        try Folders.create(home.appending(".aws"))
        if let config { try DurableFile.write(Array(config.utf8), to: home.appending(".aws/config")) }
        if let credentials { try DurableFile.write(Array(credentials.utf8), to: home.appending(".aws/credentials")) }
        // No machine's own role is to be found by a test.
        try await body(["HOME": home.string, "AWS_EC2_METADATA_DISABLED": "true"])
    }
}

extension AWSSettings {
    /// What the chain ends with.
    func found() async throws -> AWSCredentials { try await CredentialChain(credentials).credentials() }
}

@Suite struct CredentialsTests {
    private let files = """
        # comment
        [default]
        aws_access_key_id = DEFAULTKEY
        aws_secret_access_key = default-secret ; comment

        [build]
        aws_access_key_id=BUILDKEY
        aws_secret_access_key=build-secret
        aws_session_token=build-token
        [half]
        aws_access_key_id=HALFKEY
        """

    @Test("The environment comes before the default profile, its session token too")
    func environment() async throws {
        try await withAWSFolder(credentials: files) { environment in
            let more = [
                "AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "env-secret", "AWS_SESSION_TOKEN": "env-token",
            ]
            let found = try await AWSSettings(environment: environment.merging(more) { $1 }).found()
            #expect(found.accessKeyID == "ENVKEY")
            #expect(found.secretAccessKey == Secret("env-secret"))
            #expect(found.sessionToken == Secret("env-token"))
        }
    }

    @Test("Keys of the command line come before all others")
    func flags() async throws {
        try await withAWSFolder(credentials: files) { environment in
            let more = ["AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "env-secret"]
            let flags = AWSSettings.Flags(accessKeyID: "FLAGKEY", secretAccessKey: Secret("flag-secret"))
            let found = try await AWSSettings(flags: flags, environment: environment.merging(more) { $1 }).found()
            #expect(found.accessKeyID == "FLAGKEY")
        }
    }

    @Test("A profile asked for by a flag comes before the environment; one of AWS_PROFILE after it, as in the AWS CLI")
    func profiles() async throws {
        try await withAWSFolder(credentials: files) { environment in
            let keys = environment.merging(["AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "x"]) { $1 }
            let flag = try await AWSSettings(flags: .init(profile: "build"), environment: keys).found()
            #expect(flag.accessKeyID == "BUILDKEY")
            #expect(flag.sessionToken == Secret("build-token"))
            let variable = keys.merging(["AWS_PROFILE": "build"]) { $1 }
            #expect(try await AWSSettings(environment: variable).found().accessKeyID == "ENVKEY")
            let only = environment.merging(["AWS_PROFILE": "build"]) { $1 }
            #expect(try await AWSSettings(environment: only).found().accessKeyID == "BUILDKEY")
            #expect(try await AWSSettings(environment: environment).found().accessKeyID == "DEFAULTKEY")
        }
    }

    @Test("The config file's profile is merged with the credentials file's, which wins")
    func merged() async throws {
        let config = """
            [profile build]
            region = eu-west-3
            aws_access_key_id = OLDKEY
            aws_secret_access_key = old
            [default]
            region = us-west-2
            """
        try await withAWSFolder(config: config, credentials: files) { environment in
            let settings = try AWSSettings(flags: .init(profile: "build"), environment: environment)
            #expect(settings.region == "eu-west-3")
            #expect(try await settings.found().accessKeyID == "BUILDKEY")
            #expect(try AWSSettings(environment: environment).region == "us-west-2")
            let variable = environment.merging(["AWS_REGION": "ap-south-1", "AWS_DEFAULT_REGION": "sa-east-1"]) { $1 }
            #expect(try AWSSettings(environment: variable).region == "ap-south-1")
            #expect(try AWSSettings(flags: .init(region: "me-south-1"), environment: variable).region == "me-south-1")
        }
    }

    @Test("Files are also found where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say")
    func named() async throws {
        try await withAWSFolder(config: "[default]\nregion=eu-north-1\n", credentials: files) { environment in
            let home = try #require(environment["HOME"])
            let moved = [
                "HOME": "/nonexistent", "AWS_CONFIG_FILE": "\(home)/.aws/config",
                "AWS_SHARED_CREDENTIALS_FILE": "\(home)/.aws/credentials",
            ]
            let settings = try AWSSettings(environment: moved)
            #expect(settings.region == "eu-north-1")
            #expect(try await settings.found().accessKeyID == "DEFAULTKEY")
        }
    }

    @Test("credential_process is run, and its expiry kept")
    func process() async throws {
        let answer = """
            {"Version": 1, "AccessKeyId": "PROCESSKEY", "SecretAccessKey": "process-secret", "SessionToken": "t",
             "Expiration": "2100-01-01T00:00:00Z"}
            """
        try await withAWSFolder(config: "[default]\ncredential_process = cat $HOME/.aws/answer\n") { environment in
            let home = try #require(environment["HOME"])
            try DurableFile.write(Array(answer.utf8), to: FilePath(home).appending("answer.json"))
            let config = "[default]\ncredential_process = cat \(home)/answer.json\n"
            try DurableFile.write(Array(config.utf8), to: FilePath(home).appending(".aws/config"))
            let found = try await AWSSettings(environment: environment).found()
            #expect(found.accessKeyID == "PROCESSKEY")
            #expect(found.expiration == UTC.parseExtended("2100-01-01T00:00:00Z"))
        }
    }

    @Test("A helper that fails is named, and what it printed is not")
    func failingProcess() async throws {
        let config = "[default]\ncredential_process = echo topsecret; echo topsecret >&2; exit 4\n"
        try await withAWSFolder(config: config) { environment in
            let error = await #expect(throws: AWSFailure.self) {
                try await AWSSettings(environment: environment).found()
            }
            #expect(error?.code == .badCredentials)
            #expect(error?.message.contains("status 4") == true)
            #expect(error.map { "\($0)".contains("topsecret") } == false)
        }
    }

    @Test("Nothing anywhere: one error that says where it looked and what to do")
    func nothing() async throws {
        try await withAWSFolder { environment in
            let error = await #expect(throws: AWSFailure.self) {
                try await AWSSettings(environment: environment).found()
            }
            #expect(error?.code == .noCredentials)
            #expect(error?.message.contains("the environment") == true)
            #expect(error?.hint?.contains("AWS_ACCESS_KEY_ID") == true)
            #expect(error?.exitStatus == .unavailable)
        }
    }

    @Test("Half a key is an error and not a reason to look elsewhere")
    func halves() async throws {
        try await withAWSFolder(credentials: files) { environment in
            let half = environment.merging(["AWS_SECRET_ACCESS_KEY": "half-secret"]) { $1 }
            for attempt in [
                { try await AWSSettings(environment: half).found() },
                { try await AWSSettings(flags: .init(accessKeyID: "X"), environment: environment).found() },
                { try await AWSSettings(flags: .init(profile: "half"), environment: environment).found() },
            ] {
                let error = await #expect(throws: AWSFailure.self) { try await attempt() }
                #expect(error?.code == .badCredentials)
                #expect(error.map { "\($0)".contains("half-secret") } == false)
            }
        }
    }

    @Test("A profile that is in neither file is named with the files")
    func missingProfile() async throws {
        try await withAWSFolder(credentials: files) { environment in
            let error = #expect(throws: AWSFailure.self) {
                try AWSSettings(flags: .init(profile: "nobody"), environment: environment)
            }
            #expect(error?.message.contains("\"nobody\"") == true)
            #expect(error?.message.contains(".aws/credentials") == true)
        }
    }

    @Test("Credentials near their end are fetched again, others kept")
    func expiry() async throws {
        let start = Date(timeIntervalSince1970: 1_000_000)
        let source = CountingSource(lifetime: 3600, from: start)
        let clock = ManualClock(start)
        let chain = CredentialChain([source], now: { clock.now })
        _ = try await chain.credentials()
        _ = try await chain.credentials()
        #expect(await source.count == 1)
        clock.advance(by: 3400)
        _ = try await chain.credentials()
        #expect(await source.count == 2)
    }
}

private actor CountingSource: CredentialSource {
    nonisolated let name = "a counter"
    private(set) var count = 0
    private let lifetime: Double
    private let start: Date

    init(lifetime: Double, from start: Date) {
        self.lifetime = lifetime
        self.start = start
    }

    func credentials() async throws(AWSFailure) -> AWSCredentials? {
        count += 1
        return AWSCredentials(
            accessKeyID: "K\(count)", secretAccessKey: Secret("s"),
            expiration: start.addingTimeInterval(lifetime * Double(count)), source: name)
    }
}
