public import Failures

/// The parameter store of Systems Manager in one region.
public struct SSMClient: Sendable {
    let service: ServiceClient
    let target: ServiceEndpoint

    public var region: String { target.region }

    /// A parameter as the store has it.
    public struct Parameter: Sendable, Equatable, Decodable {
        public let name: String
        public let value: String
        /// "String", "StringList", "SecureString"
        public let type: String
        public let version: Int?
        /// "text", "aws:ec2:image"
        public let dataType: String?

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case value = "Value"
            case type = "Type"
            case version = "Version"
            case dataType = "DataType"
        }
    }

    /// - Parameters:
    ///   - dataType: "text", or "aws:ec2:image", with which the store checks that the image is there.
    ///   - tags: of a parameter that is new; the store takes none for one that is there.
    /// - Returns: the version.
    @discardableResult
    public func putParameter(
        _ name: String, value: String, dataType: String = "text", description: String? = nil, overwrite: Bool = true,
        tags: [String: String] = [:]
    ) async throws(AWSFailure) -> Int {
        let isTagged = !tags.isEmpty && !overwrite
        let body = PutParameter(
            Name: name, Value: value, type: "String", DataType: dataType, Description: description,
            Overwrite: overwrite,
            Tags: isTagged ? tags.sorted { $0.key < $1.key }.map { .init(Key: $0.key, Value: $0.value) } : nil)
        let answer: Version = try await call("PutParameter", "the parameter \(name)", body)
        return answer.Version
    }

    /// - Throws: `notFound`.
    public func getParameter(_ name: String) async throws(AWSFailure) -> Parameter {
        let answer: Found = try await call(
            "GetParameter", "the parameter \(name)", GetParameter(Name: name, WithDecryption: true))
        return answer.Parameter
    }

    private func call<Document: Decodable>(_ operation: String, _ subject: String, _ body: some Encodable)
        async throws(AWSFailure) -> Document
    {
        let bytes = try JSONAnswer.encode(body)
        let request = ServiceRequest(
            operation: operation, subject: subject, method: "POST", host: target.host, path: "\(target.basePath)/",
            headers: [
                ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.\(operation)"),
            ], body: .bytes(bytes), payloadHash: SigV4.hexDigest(of: bytes))
        return try JSONAnswer.decode(
            Document.self, from: try await service.send(request).answer, of: request, .ssm)
    }

    private struct PutParameter: Encodable {
        var Name: String
        var Value: String
        var type: String
        var DataType: String
        var Description: String?
        var Overwrite: Bool
        var Tags: [Tag]?

        struct Tag: Encodable {
            var Key: String
            var Value: String
        }

        private enum CodingKeys: String, CodingKey {
            case Name, Value
            case type = "Type"
            case DataType, Description, Overwrite, Tags
        }
    }

    private struct GetParameter: Encodable {
        var Name: String
        var WithDecryption: Bool
    }

    private struct Version: Decodable {
        var Version: Int
    }

    private struct Found: Decodable {
        var Parameter: SSMClient.Parameter
    }
}

extension ServiceTraits {
    static let ssm = ServiceTraits(
        service: .ssm, rules: .others, readError: JSONAnswer.failure,
        explain: { refusal in
            let (error, what, said) = (refusal.error, refusal.what, refusal.said)
            switch error.code {
            case "ParameterNotFound", "ParameterVersionNotFound":
                return AWSFailure(.notFound, "\(what): \(said)", cause: error)
            case "ParameterAlreadyExists":
                return AWSFailure(.conflict, "\(what): \(said)", cause: error)
            case "ParameterLimitExceeded", "ParameterMaxVersionLimitExceeded":
                return AWSFailure(.quota, "\(what): \(said)", cause: error)
            case "HierarchyTypeMismatchException", "UnsupportedParameterType", "ParameterPatternMismatchException":
                return AWSFailure(.badRequest, "\(what) was refused: \(said)", cause: error)
            // The store's word for two writers at once.
            case "TooManyUpdates":
                return AWSFailure(.conflict, "\(what): \(said)", hint: "try again in a moment", cause: error)
            default: return nil
            }
        })
}
