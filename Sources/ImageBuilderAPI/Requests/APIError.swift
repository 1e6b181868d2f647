/// An error as the service answers it: a name of the contract, and a sentence.
///
/// The words are the service's own where they are known from what people have quoted of it (terraform-provider-aws#40128,
/// boto3#2224, modernisation-platform-ami-builds#549): scripts look for them.
struct APIError: Error, Sendable, Equatable {
    let name: String
    let status: Int
    let message: String
    /// The member of the request that is at fault, where it is one.
    private(set) var parameter: String?

    init(_ name: String, _ message: String, status: Int? = nil) {
        self.name = name
        self.status = status ?? Contract.current.errors[name] ?? 400
        self.message = message
    }

    static func invalidValue(_ parameter: String, _ reason: String) -> APIError {
        var error = APIError(
            "InvalidParameterValueException", "The value supplied for parameter '\(parameter)' is not valid. \(reason)")
        error.parameter = parameter
        return error
    }

    static func invalidRequest(_ message: String) -> APIError { APIError("InvalidRequestException", message) }

    static func invalidCombination(_ message: String) -> APIError {
        APIError("InvalidParameterCombinationException", message)
    }

    static func notFound(_ arn: String) -> APIError {
        APIError("ResourceNotFoundException", "The resource ARN '\(arn)' does not exist.")
    }

    static func alreadyExists(_ type: String, _ arn: String) -> APIError {
        APIError("ResourceAlreadyExistsException", "The following resource '\(type)' already exists: '\(arn)'.")
    }

    static func hasDependents(_ arn: String, _ dependents: [String]) -> APIError {
        APIError(
            "ResourceDependencyException",
            "Resource dependency error: The resource ARN '\(arn)' has other resources depended on it."
                + (dependents.isEmpty ? "" : " Delete first: \(dependents.joined(separator: ", ")).")
        )
    }

    /// What this machine has no counterpart of.
    static func notHere(_ what: String) -> APIError {
        invalidRequest("\(what) is not available in Kiln, which serves EC2 Image Builder's API on this machine.")
    }

    /// Errors that the service answers to any operation, listed by it or not (terraform looks for the first after each deletion).
    static let common: Set<String> = ["ResourceNotFoundException", "InvalidParameterValueException"]

    /// The same as an error that the operation is known for: not every one has InvalidRequestException, and a client that was
    /// made from the contract knows no others.
    func fitted(to operation: Contract.Operation) -> APIError {
        let known = operation.errors
        guard !known.contains(name) else { return self }
        // Operations on tags have one word for all that is not the client's fault.
        guard status < 500 else {
            return known.contains("ServiceException") ? APIError("ServiceException", message) : self
        }
        if name == "InvalidParameterValueException", known.contains("InvalidParameterException") {
            return APIError("InvalidParameterException", message)
        }
        if Self.common.contains(name) { return self }
        let others = ["InvalidRequestException", "InvalidParameterException", "ClientException"]
        return APIError(others.first(where: known.contains) ?? "InvalidParameterValueException", message)
    }
}
