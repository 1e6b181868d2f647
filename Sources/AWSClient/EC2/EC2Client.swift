import Failures

/// EC2 in one region, as far as images need it (query protocol, version 2016-11-15).
public struct EC2Client: Sendable {
    static let version = "2016-11-15"
    /// More pages than any account has; a server that never ends its list would keep us for ever.
    private static let mostPages = 1000
    /// The most that EC2 gives.
    static let pageSize = 1000

    let service: ServiceClient
    let target: ServiceEndpoint

    public var region: String { target.region }
    /// "https://ec2.eu-central-1.amazonaws.com"
    public var endpoint: String { target.url }

    /// - Parameter subject: what the operation is about, for messages.
    func call<Document: Decodable>(
        _ operation: String, _ subject: String, _ form: QueryForm, patience: Patience? = nil,
        as type: Document.Type = Document.self
    ) async throws(AWSFailure) -> Document {
        var request = ServiceRequest.form(operation, version: Self.version, target, subject: subject, form)
        request.patience = patience
        return try XMLAnswer.decode(type, from: try await service.send(request).answer, of: request, .ec2)
    }

    /// All pages of a listing.
    func list<Page: EC2Page>(_ operation: String, _ subject: String, _ form: QueryForm, by type: Page.Type)
        async throws(AWSFailure) -> [Page.Element]
    {
        var elements: [Page.Element] = []
        var token: String?
        for _ in 0..<Self.mostPages {
            var form = form
            form.set("NextToken", token)
            let page = try await call(operation, subject, form, as: type)
            elements += page.elements
            guard let next = page.nextToken, !next.isEmpty, next != token else { return elements }
            token = next
        }
        throw AWSFailure(.badAnswer, "the list that \(operation) of \(subject) gives does not end")
    }

    /// What was made a moment ago is not known everywhere in EC2 yet.
    static let settling = Patience(
        codes: ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidSnapshot.NotFound"], limit: .seconds(20))
}

/// An answer that says whether there is more.
protocol EC2Page: Decodable {
    associatedtype Element
    var elements: [Element] { get }
    var nextToken: String? { get }
}

/// An answer with nothing in it that matters.
struct EC2Empty: Decodable {}

extension ServiceTraits {
    static let ec2 = ServiceTraits(
        service: .ec2, rules: .others, readError: XMLAnswer.failure, explain: explainEC2)

    /// EC2's codes are "Thing.Trouble".
    private static let explainEC2: @Sendable (Refusal) -> AWSFailure? = { refusal in
        let (error, what, said) = (refusal.error, refusal.what, refusal.said)
        let trouble = error.code.split(separator: ".").last ?? ""
        switch (error.code, trouble) {
        case (_, "NotFound"), (_, "NotFoundException"), ("InvalidAMIID.Unavailable", _):
            return AWSFailure(.notFound, "\(what): \(said)", cause: error)
        case ("InvalidAMIName.Duplicate", _):
            return AWSFailure(
                .conflict, "\(what): \(said)",
                hint: "an image of this name is there already: choose another name, or deregister that one",
                cause: error)
        case (_, "Duplicate"), (_, "InUse"), ("IdempotentParameterMismatch", _), (_, "AlreadyExistsException"):
            return AWSFailure(.conflict, "\(what): \(said)", cause: error)
        case (_, "Malformed"), (_, "MalformedException"), (_, "MalformedID"), ("UnsupportedOperation", _),
            ("InvalidAMIName.Malformed", _), ("InvalidInput", _), ("InvalidBlockDeviceMapping", _):
            return AWSFailure(.badRequest, "\(what) was refused: \(said)", cause: error)
        case (let code, _) where code.hasSuffix("LimitExceeded") && code != "RequestLimitExceeded":
            return AWSFailure(
                .quota, "\(what): \(said)",
                hint: "the Service Quotas console shows the limit and takes wishes for more", cause: error)
        default:
            return nil
        }
    }
}
