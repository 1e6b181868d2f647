import Failures
import FoundationEssentials
import HostSystem
import SystemPackage

/// What a profile says of keys: a role and whose key may assume it, IAM Identity Center, keys themselves, or what its
/// `credential_process` prints; in the AWS CLI's order.
struct ProfileCredentials: CredentialSource {
    /// A helper may open a browser or ask a token.
    private static let processLimit: Duration = .seconds(120)
    /// Profiles that assume roles by each other's keys.
    private static let longestChain = 8

    let name: String
    private let profile: Profile
    private let files: ProfileFiles
    private let environment: [String: String]
    private let network: CredentialNetwork

    init(_ profile: Profile, _ files: ProfileFiles, _ environment: [String: String], _ network: CredentialNetwork) {
        self.profile = profile
        self.files = files
        self.environment = environment
        self.network = network
        name = "the AWS profile \(profile.name)"
    }

    func credentials() async throws(AWSFailure) -> AWSCredentials? { try await credentials(of: profile, behind: []) }

    private func credentials(of profile: Profile, behind: [String]) async throws(AWSFailure) -> AWSCredentials? {
        if let arn = profile["role_arn"] { return try await assume(arn, profile, behind) }
        if profile["sso_session"] != nil || profile["sso_start_url"] != nil {
            return try await SSOCredentials(profile, home: files.home, network).credentials()
        }
        if let keys = try keys(of: profile) { return keys }
        if let command = profile["credential_process"] { return try await ask(command, profile) }
        return nil
    }

    private func keys(of profile: Profile) throws(AWSFailure) -> AWSCredentials? {
        let name = "the AWS profile \(profile.name)"
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
        return nil
    }

    private func assume(_ arn: String, _ profile: Profile, _ behind: [String]) async throws(AWSFailure)
        -> AWSCredentials
    {
        let name = "the AWS profile \(profile.name)"
        let role = AssumedRole(
            arn, sessionName: profile["role_session_name"] ?? "kiln", externalID: profile["external_id"],
            duration: profile["duration_seconds"].flatMap { Int($0) })
        if let file = profile["web_identity_token_file"] {
            let source = WebIdentityCredentials(role, tokenFile: FilePath(file), network)
            if let found = try await source.credentials() { return found }
        }
        guard profile["mfa_serial"] == nil else {
            throw AWSFailure(
                .badCredentials, "\(name) wants a code of an MFA device, which Kiln leaves to the AWS CLI",
                hint: "eval \"$(aws configure export-credentials --profile \(profile.name) --format env)\"")
        }
        let base = try await base(of: profile, name, behind)
        return try await network.withSTS(base) { sts throws(AWSFailure) in try await sts.assume(role) }
    }

    /// Whose key assumes the profile's role.
    private func base(of profile: Profile, _ name: String, _ behind: [String]) async throws(AWSFailure)
        -> AWSCredentials
    {
        let found: AWSCredentials?
        switch (profile["source_profile"], profile["credential_source"]) {
        case (profile.name, nil): found = try keys(of: profile)
        case (let source?, nil):
            let chain = behind + [profile.name]
            guard !chain.contains(source), chain.count < Self.longestChain else {
                throw AWSFailure(
                    .badCredentials, "\(name): source_profile goes in a circle: \(chain.joined(separator: ", "))",
                    hint: "one of them must have keys of its own")
            }
            found = try await credentials(of: try files.profile(source), behind: chain)
        case (nil, "Environment"): found = try await EnvironmentCredentials(environment).credentials()
        case (nil, "Ec2InstanceMetadata"):
            found = try await InstanceCredentials(environment, network).credentials()
        case (nil, "EcsContainer"): found = try await ContainerCredentials(environment, network).credentials()
        default:
            throw AWSFailure(
                .badCredentials, "\(name) has role_arn, and not one of source_profile and credential_source",
                hint: "credential_source is Environment, Ec2InstanceMetadata or EcsContainer")
        }
        guard let found else {
            throw AWSFailure(.badCredentials, "\(name) assumes a role by a key that is not there")
        }
        return found
    }

    /// Runs the helper. Its answer is JSON: Version 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration (RFC 3339).
    private func ask(_ command: String, _ profile: Profile) async throws(AWSFailure) -> AWSCredentials {
        let output: HostCommand.Output
        do {
            output = try await HostCommand("/bin/sh", ["-c", command], limit: Self.processLimit).output()
        } catch  where error.code == .cancelled {
            throw AWSFailure(.cancelled, error.message, cause: error)
        } catch {
            throw broken(profile, "cannot be run: \(error.message)")
        }
        // Neither stream is quoted: a helper that fails may have printed half a key.
        guard output.status == 0 else { throw broken(profile, "failed with status \(output.status)") }
        let answer = try? JSONDecoder().decode(KeyDocument.self, from: Data(output.standardOutput.utf8))
        guard let answer, answer.Version == 1 else {
            throw broken(profile, "printed something other than version 1 of its JSON format")
        }
        return answer.credentials(source: "credential_process of the AWS profile \(profile.name)")
    }

    private func broken(_ profile: Profile, _ what: String) -> AWSFailure {
        AWSFailure(
            .badCredentials, "the credential_process of the AWS profile \(profile.name) \(what)",
            hint: "run it by hand, or `aws configure export-credentials --profile \(profile.name)`")
    }
}
