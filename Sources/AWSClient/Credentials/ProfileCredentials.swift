public import Failures
import FoundationEssentials
import HostSystem

/// The keys of a profile, or what its `credential_process` prints.
public struct ProfileCredentials: CredentialSource {
    /// A helper may open a browser or ask a token.
    private static let processLimit: Duration = .seconds(120)

    public let name: String
    private let profile: Profile

    public init(_ profile: Profile) {
        self.profile = profile
        name = "the AWS profile \(profile.name)"
    }

    public func credentials() async throws(AWSFailure) -> AWSCredentials? {
        if let key = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] {
            return AWSCredentials(
                accessKeyID: key, secretAccessKey: Secret(secret),
                sessionToken: profile["aws_session_token"].map { Secret($0) }, source: name)
        }
        for (setting, other) in [
            ("aws_access_key_id", "aws_secret_access_key"), ("aws_secret_access_key", "aws_access_key_id"),
        ] where profile[setting] != nil && profile[other] == nil {
            throw AWSFailure(
                .badCredentials, "\(name) has \(setting) and no \(other)",
                hint: "set both with `aws configure --profile \(profile.name)`")
        }
        if let command = profile["credential_process"] { return try await ask(command) }
        // Saying nothing would end as "no credentials", and hide from the user that the profile was found.
        for setting in ["role_arn", "sso_session", "sso_start_url", "web_identity_token_file"]
        where profile[setting] != nil {
            throw AWSFailure(
                .badCredentials, "\(name) gets its key through \(setting), which Kiln leaves to the AWS CLI",
                hint: "eval \"$(aws configure export-credentials --profile \(profile.name) --format env)\"")
        }
        return nil
    }

    /// Runs the helper. Its answer is JSON: Version 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration (RFC 3339).
    private func ask(_ command: String) async throws(AWSFailure) -> AWSCredentials {
        let output: HostCommand.Output
        do {
            output = try await HostCommand("/bin/sh", ["-c", command], limit: Self.processLimit).output()
        } catch  where error.code == .cancelled {
            throw AWSFailure(.cancelled, error.message, cause: error)
        } catch {
            throw broken("cannot be run: \(error.message)")
        }
        // Neither stream is quoted: a helper that fails may have printed half a key.
        guard output.status == 0 else { throw broken("failed with status \(output.status)") }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(output.standardOutput.utf8)),
            answer.Version == 1
        else { throw broken("printed something other than version 1 of its JSON format") }
        return AWSCredentials(
            accessKeyID: answer.AccessKeyId, secretAccessKey: Secret(answer.SecretAccessKey),
            sessionToken: answer.SessionToken.map { Secret($0) },
            expiration: answer.Expiration.flatMap { UTC.parseExtended($0) },
            source: "credential_process of \(name)")
    }

    private func broken(_ what: String) -> AWSFailure {
        AWSFailure(
            .badCredentials, "the credential_process of \(name) \(what)",
            hint: "run it by hand, or `aws configure export-credentials --profile \(profile.name)`")
    }

    private struct Answer: Decodable {
        let Version: Int
        let AccessKeyId: String
        let SecretAccessKey: String
        let SessionToken: String?
        let Expiration: String?
    }
}
