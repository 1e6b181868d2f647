import Failures
import FoundationEssentials

/// The role of the EC2 instance that this runs on, from its metadata service (IMDSv2: with a session token only).
struct InstanceCredentials: CredentialSource {
    let name = "the instance metadata service"
    /// A token's life, in seconds; six hours is the most there is.
    private static let tokenLife = 21_600

    private let base: String?
    private let limit: Duration
    private let attempts: Int
    private let network: CredentialNetwork

    /// AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT (and _MODE), AWS_METADATA_SERVICE_TIMEOUT and
    /// _NUM_ATTEMPTS.
    init(_ environment: [String: String], _ network: CredentialNetwork) {
        let isDisabled = environment.nonEmpty("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true"
        let isV6 = environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
        var base =
            environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT")
            ?? (isV6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
        while base.hasSuffix("/") { base.removeLast() }
        self.base = isDisabled ? nil : base
        limit = .seconds(environment.nonEmpty("AWS_METADATA_SERVICE_TIMEOUT").flatMap { Int($0) } ?? 1)
        attempts = environment.nonEmpty("AWS_METADATA_SERVICE_NUM_ATTEMPTS").flatMap { Int($0) } ?? 1
        self.network = network
    }

    func credentials() async throws(AWSFailure) -> AWSCredentials? {
        guard let base else { return nil }
        return try await network.withTransport(direct: true) { transport throws(AWSFailure) in
            let token = try await network.document(
                "PUT", "\(base)/latest/api/token",
                headers: [
                    ("x-aws-ec2-metadata-token-ttl-seconds", "\(Self.tokenLife)"), ("content-length", "0"),
                ], limit: limit, attempts: attempts, over: transport)
            // Nobody there, or somebody else's idea of a metadata service: this is no EC2 instance.
            guard let token, token.status == 200, let word = Self.line(token) else { return nil }
            let roles = "\(base)/latest/meta-data/iam/security-credentials/"
            let headers = [(name: "x-aws-ec2-metadata-token", value: word)]
            guard let list = try await document(roles, headers, transport), let role = Self.line(list) else {
                return nil
            }
            guard let answer = try await document(roles + PercentEncoding.component(role), headers, transport) else {
                return nil
            }
            guard let keys = KeyDocument.read(answer) else {
                throw AWSFailure(.badCredentials, "\(name) gives no key for the role \(role)")
            }
            return keys.credentials(source: "the instance role \(role)")
        }
    }

    /// nil for 404: the instance has no role.
    private func document(
        _ url: String, _ headers: [(name: String, value: String)], _ transport: any HTTPTransport
    ) async throws(AWSFailure) -> HTTPAnswer? {
        let answer = try await network.document(
            "GET", url, headers: headers, limit: limit, attempts: max(3, attempts), over: transport)
        guard let answer else { throw AWSFailure(.badCredentials, "\(name) stopped answering") }
        if answer.status == 404 { return nil }
        guard answer.status == 200 else {
            throw AWSFailure(.badCredentials, "\(name) answers with status \(answer.status)")
        }
        return answer
    }

    /// One line of plain text that may stand in a header or a URL.
    private static func line(_ answer: HTTPAnswer) -> String? {
        let line = String(decoding: answer.body.prefix(4096), as: UTF8.self).trimmed
        return line.isEmpty || line.contains(where: { $0.isNewline || !$0.isASCII }) ? nil : line
    }
}
