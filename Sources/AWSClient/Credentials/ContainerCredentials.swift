import Failures
import Foundation
import HostSystem
import SystemPackage

/// The role of the container that this runs in: ECS, EKS Pod Identity, CodeBuild, Greengrass.
struct ContainerCredentials: CredentialSource {
    let name = "the container's credentials (AWS_CONTAINER_CREDENTIALS_…)"
    private static let limit: Duration = .seconds(5)
    /// Who may be sent the container's token without TLS, besides this machine.
    private static let trusted: Set<String> = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "::1"]

    private let environment: [String: String]
    private let network: CredentialNetwork

    init(_ environment: [String: String], _ network: CredentialNetwork) {
        self.environment = environment
        self.network = network
    }

    func credentials() async throws(AWSFailure) -> AWSCredentials? {
        guard let url = try url() else { return nil }
        var headers: [(name: String, value: String)] = [("accept", "application/json")]
        if let token = try token() { headers.append(("authorization", token)) }
        let answer = try await network.withTransport(direct: true) { transport throws(AWSFailure) in
            try await network.document(
                "GET", url, headers: headers, limit: Self.limit, attempts: 3, over: transport)
        }
        guard let answer, answer.status == 200, let keys = KeyDocument.read(answer) else {
            let status = answer.map { "status \($0.status), or no key" } ?? "nothing"
            throw AWSFailure(.badCredentials, "\(name): the server answers with \(status)")
        }
        return keys.credentials(source: "the container's role")
    }

    private func url() throws(AWSFailure) -> String? {
        if let path = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            return "http://169.254.170.2\(path.hasPrefix("/") ? "" : "/")\(path)"
        }
        guard let text = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        let url = URL(string: text)
        let host = url?.host?.trimmingCharacters(in: ["[", "]"]).lowercased() ?? ""
        let isLoopback = host.hasPrefix("127.") && host.split(separator: ".").count == 4
        switch url?.scheme?.lowercased() {
        case "https" where !host.isEmpty: return text
        case "http" where isLoopback || Self.trusted.contains(host): return text
        default:
            throw AWSFailure(
                .badCredentials,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names neither an https:// server nor one of this machine",
                hint: "the container's token is not sent to others")
        }
    }

    private func token() throws(AWSFailure) -> String? {
        var token = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        // Read each time: the file is written anew before the token ends.
        if let path = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            token = try CredentialFile.read(FilePath(path), for: name).trimmed
        }
        guard token?.contains(where: \.isNewline) != true else {
            throw AWSFailure(.badCredentials, "the container's authorization token has more than one line")
        }
        return token
    }
}

/// Files in which somebody leaves a token for us.
enum CredentialFile {
    static func read(_ path: FilePath, for source: String) throws(AWSFailure) -> String {
        do {
            return String(decoding: try Folders.read(path), as: UTF8.self)
        } catch {
            throw AWSFailure(.badCredentials, "\(source): \(error.message)", hint: error.hint, cause: error)
        }
    }
}
