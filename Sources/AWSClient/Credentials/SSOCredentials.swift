import Crypto
import Failures
import FoundationEssentials
import HostSystem
import SystemPackage

/// A role of IAM Identity Center, by the token that `aws sso login` left in its cache. Signing in, and renewing a token that
/// has ended, is left to the AWS CLI.
struct SSOCredentials: CredentialSource {
    private static let limit: Duration = .seconds(10)

    let name: String
    private let profile: Profile
    private let home: FilePath
    private let network: CredentialNetwork

    init(_ profile: Profile, home: FilePath, _ network: CredentialNetwork) {
        name = "the AWS profile \(profile.name) (sso)"
        self.profile = profile
        self.home = home
        self.network = network
    }

    func credentials() async throws(AWSFailure) -> AWSCredentials? {
        let session = profile["sso_session"]
        guard let account = profile["sso_account_id"], let role = profile["sso_role_name"],
            let region = profile.sso["sso_region"] ?? profile["sso_region"],
            let start = session ?? profile["sso_start_url"]
        else {
            throw AWSFailure(
                .badCredentials, "\(name) lacks one of sso_account_id, sso_role_name, sso_region and sso_session",
                hint: "aws configure sso --profile \(profile.name)")
        }
        let token = try token(start)
        let target = try ServiceEndpoint(.sso, region: region, network.endpoints)
        let query = PercentEncoding.query([("account_id", account), ("role_name", role)])
        let answer = try await network.withTransport(direct: false) { transport throws(AWSFailure) in
            try await network.document(
                "GET", "\(target.url)/federation/credentials?\(query)",
                headers: [("x-amz-sso_bearer_token", token.reveal())], limit: Self.limit, attempts: 3, over: transport)
        }
        guard let answer else {
            throw AWSFailure(.unreachable, "\(name): \(target.host) does not answer")
        }
        guard answer.status == 200,
            let keys = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)).roleCredentials
        else {
            if answer.status == 401 { throw ended() }
            throw AWSFailure(
                .accessDenied, "\(name): no key for the role \(role) in the account \(account) (HTTP \(answer.status))",
                hint: "is the role assigned to you there?")
        }
        return AWSCredentials(
            accessKeyID: keys.accessKeyId, secretAccessKey: Secret(keys.secretAccessKey),
            sessionToken: Secret(keys.sessionToken),
            expiration: Date(timeIntervalSince1970: keys.expiration / 1000), source: name)
    }

    /// The cache names its files by the SHA-1 of the session's name, or of the URL where there is no session.
    private func token(_ start: String) throws(AWSFailure) -> Secret {
        let file = "\(Insecure.SHA1.hash(data: Data(start.utf8)).hexadecimal).json"
        guard let content = try? Folders.read(home.appending(".aws/sso/cache").appending(file)),
            let cached = try? JSONDecoder().decode(Token.self, from: Data(content)),
            let end = UTC.parseExtended(cached.expiresAt), end > network.clock.now()
        else { throw ended() }
        return Secret(cached.accessToken)
    }

    private func ended() -> AWSFailure {
        AWSFailure(
            .badCredentials, "\(name): you are not signed in, or not any more",
            hint: "aws sso login --profile \(profile.name)")
    }

    private struct Token: Decodable {
        var accessToken: String
        var expiresAt: String
    }

    private struct Answer: Decodable {
        var roleCredentials: Keys

        struct Keys: Decodable {
            var accessKeyId: String
            var secretAccessKey: String
            var sessionToken: String
            /// Milliseconds since 1970.
            var expiration: Double
        }
    }
}
