import Failures
import Store

extension APIError {
    /// What the store refuses, in the service's words.
    init(_ failure: StoreFailure) {
        let hint = failure.hint.map { " (\($0))" } ?? ""
        let message = "\(failure.message)\(hint)."
        switch failure.code {
        case .invalidARN, .invalidName, .invalidDocument, .invalidTag, .invalidFilter:
            self.init("InvalidParameterValueException", message)
        case .invalidVersion: self.init("InvalidVersionNumberException", message)
        case .tooManyTags: self.init("ServiceQuotaExceededException", message)
        case .invalidPageToken: self.init("InvalidPaginationTokenException", message)
        case .idempotencyMismatch: self.init("IdempotentParameterMismatchException", message)
        case .notFound: self.init("ResourceNotFoundException", message)
        case .missingReferences(let arns): self = .notFound(arns.first ?? "")
        case .alreadyExists(let arn):
            let kind = (try? ResourceARN(arn))?.kind
            self = .alreadyExists(kind?.typeName ?? "Resource", arn)
        case .inUse(let dependents):
            self.init("ResourceDependencyException", "\(message) \(dependents.joined(separator: ", "))")
        case .invalidState: self.init("InvalidRequestException", message)
        case .claimLost: self.init("ResourceInUseException", message)
        case .newerDatabase, .damaged, .readOnly, .noSpace, .busy, .cannotUnseal, .cancelled, .failed:
            self.init("ServiceUnavailableException", message)
        }
    }
}

/// Asks the store, with its failures as the service's.
func asking<Value: Sendable>(_ body: () async throws -> Value) async throws(APIError) -> Value {
    do { return try await body() } catch let failure as StoreFailure {
        throw APIError(failure)
    } catch {
        throw APIError("ServiceUnavailableException", "\(error)")
    }
}

extension ResourceKind {
    /// The word in names of operations: "Create" and this.
    var typeName: String {
        switch self {
        case .component: "Component"
        case .imageRecipe: "ImageRecipe"
        case .containerRecipe: "ContainerRecipe"
        case .infrastructureConfiguration: "InfrastructureConfiguration"
        case .distributionConfiguration: "DistributionConfiguration"
        case .imagePipeline: "ImagePipeline"
        case .image: "Image"
        case .workflow: "Workflow"
        case .lifecyclePolicy: "LifecyclePolicy"
        }
    }

    /// In the plural of the names of lists.
    var typeNames: String {
        self == .lifecyclePolicy ? "LifecyclePolicies" : typeName + "s"
    }
}
