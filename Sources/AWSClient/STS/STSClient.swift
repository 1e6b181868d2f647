public import Failures
import FoundationEssentials

/// STS: who one is, and becoming somebody else for a while (query protocol, version 2011-06-15).
public struct STSClient: Sendable {
    let service: ServiceClient
    let target: ServiceEndpoint

    /// Whose key it is.
    public struct Identity: Sendable, Equatable {
        /// Twelve digits.
        public let account: String
        public let arn: String
        public let userID: String
    }

    public func callerIdentity() async throws(AWSFailure) -> Identity {
        let answer: IdentityAnswer = try await call("GetCallerIdentity", "the key", QueryForm())
        let result = answer.GetCallerIdentityResult
        return Identity(account: result.Account, arn: result.Arn, userID: result.UserId)
    }

    /// - Throws: `accessDenied` where the role does not trust the key.
    public func assume(_ role: AssumedRole) async throws(AWSFailure) -> AWSCredentials {
        var form = role.form
        form.set("ExternalId", role.externalID)
        let answer: RoleAnswer = try await call("AssumeRole", role.arn, form)
        return answer.AssumeRoleResult.Credentials.credentials(source: role.shown)
    }

    /// Needs no key: the token is the proof.
    ///
    /// - Parameter token: of an identity provider that the role trusts.
    public func assume(_ role: AssumedRole, webIdentity token: Secret) async throws(AWSFailure) -> AWSCredentials {
        var form = role.form
        form.set("WebIdentityToken", token.reveal())
        let answer: WebIdentityAnswer = try await call(
            "AssumeRoleWithWebIdentity", role.arn, form, isAnonymous: true)
        return answer.AssumeRoleWithWebIdentityResult.Credentials.credentials(source: role.shown)
    }

    private func call<Document: Decodable>(
        _ operation: String, _ subject: String, _ form: QueryForm, isAnonymous: Bool = false
    ) async throws(AWSFailure) -> Document {
        var request = ServiceRequest.form(operation, version: "2011-06-15", target, subject: subject, form)
        request.isAnonymous = isAnonymous
        return try XMLAnswer.decode(Document.self, from: try await service.send(request).answer, of: request, .sts)
    }
}

/// A role, and how its sessions are to be.
public struct AssumedRole: Sendable, Equatable {
    /// "arn:aws:iam::123456789012:role/EC2ImageBuilderDistributionCrossAccountRole"
    public var arn: String
    /// For the account's logs: 2 to 64 letters, digits and = , . @ - _
    public var sessionName: String
    public var externalID: String?
    /// Seconds; nil for an hour. A role assumed by a role gives no more than one.
    public var duration: Int?

    public init(_ arn: String, sessionName: String = "kiln", externalID: String? = nil, duration: Int? = nil) {
        self.arn = arn
        self.sessionName = sessionName
        self.externalID = externalID
        self.duration = duration
    }

    var shown: String { "the role \(arn)" }

    fileprivate var form: QueryForm {
        var form = QueryForm()
        form.set("RoleArn", arn)
        form.set("RoleSessionName", sessionName)
        form.set("DurationSeconds", duration)
        return form
    }
}

extension ServiceTraits {
    static let sts = ServiceTraits(
        service: .sts, rules: .others, readError: XMLAnswer.failure,
        explain: { refusal in
            switch refusal.error.code {
            case "InvalidIdentityToken", "ExpiredTokenException", "IDPRejectedClaim":
                AWSFailure(
                    .badCredentials, "\(refusal.what): \(refusal.said)",
                    hint: "the web identity token is not, or not any more, what the role trusts", cause: refusal.error)
            case "RegionDisabledException":
                AWSFailure(
                    .accessDenied, "\(refusal.what): \(refusal.said)",
                    hint: "STS is not enabled in this region of the account", cause: refusal.error)
            default: nil
            }
        })
}

private struct IdentityAnswer: Decodable {
    var GetCallerIdentityResult: Result

    struct Result: Decodable {
        var Account: String
        var Arn: String
        var UserId: String
    }
}

private struct RoleAnswer: Decodable {
    var AssumeRoleResult: SessionAnswer
}

private struct WebIdentityAnswer: Decodable {
    var AssumeRoleWithWebIdentityResult: SessionAnswer
}

private struct SessionAnswer: Decodable {
    var Credentials: Keys

    struct Keys: Decodable {
        var AccessKeyId: String
        var SecretAccessKey: String
        var SessionToken: String
        var Expiration: String

        func credentials(source: String) -> AWSCredentials {
            AWSCredentials(
                accessKeyID: AccessKeyId, secretAccessKey: Secret(SecretAccessKey),
                // Servers other than AWS give keys that need none.
                sessionToken: SessionToken.isEmpty ? nil : Secret(SessionToken),
                expiration: UTC.parseExtended(Expiration), source: source)
        }
    }
}
