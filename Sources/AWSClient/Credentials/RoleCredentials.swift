import Failures

/// Sessions of a role, renewed as they end.
struct RoleCredentials: CredentialSource {
    let name: String
    private let role: AssumedRole
    private let sts: STSClient

    init(_ role: AssumedRole, _ sts: STSClient) {
        name = role.shown
        self.role = role
        self.sts = sts
    }

    func credentials() async throws(AWSFailure) -> AWSCredentials? { try await sts.assume(role) }
}
