import Failures
import SystemPackage

/// A role that trusts an identity provider whose token lies in a file: EKS service accounts, CI services.
struct WebIdentityCredentials: CredentialSource {
    let name: String
    private let role: AssumedRole
    private let tokenFile: FilePath
    private let network: CredentialNetwork

    init(_ role: AssumedRole, tokenFile: FilePath, _ network: CredentialNetwork) {
        name = "\(role.shown) by web identity"
        self.role = role
        self.tokenFile = tokenFile
        self.network = network
    }

    /// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME; nil where they are not set.
    init?(_ environment: [String: String], _ network: CredentialNetwork) {
        guard let file = environment.nonEmpty("AWS_WEB_IDENTITY_TOKEN_FILE"),
            let arn = environment.nonEmpty("AWS_ROLE_ARN")
        else { return nil }
        let session = environment.nonEmpty("AWS_ROLE_SESSION_NAME") ?? "kiln"
        self.init(AssumedRole(arn, sessionName: session), tokenFile: FilePath(file), network)
    }

    func credentials() async throws(AWSFailure) -> AWSCredentials? {
        // Read each time: whoever writes it writes a new one before the old one ends.
        let token = Secret(try CredentialFile.read(tokenFile, for: name).trimmed)
        return try await network.withSTS(nil) { sts throws(AWSFailure) in
            try await sts.assume(role, webIdentity: token)
        }
    }
}
