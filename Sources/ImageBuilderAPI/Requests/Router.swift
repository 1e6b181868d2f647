/// From a method and a path to the operation, and what the path says of its input.
struct Router: Sendable {
    private let fixed: [String: Contract.Operation]
    /// Of paths that end with one label, "/tags/{resourceArn}": by method and what stands before it.
    private let labelled: [(method: String, prefix: String, label: String, operation: Contract.Operation)]

    init(_ contract: Contract) {
        var fixed: [String: Contract.Operation] = [:]
        var labelled: [(method: String, prefix: String, label: String, operation: Contract.Operation)] = []
        for operation in contract.operations.values {
            if let open = operation.path.firstIndex(of: "{") {
                let label = operation.path[open...].dropFirst().prefix { $0 != "}" && $0 != "+" }
                labelled.append((operation.method, String(operation.path[..<open]), String(label), operation))
            } else {
                fixed["\(operation.method) \(operation.path)"] = operation
            }
        }
        self.fixed = fixed
        self.labelled = labelled
    }

    struct Match {
        let operation: Contract.Operation
        var labels: [String: String] = [:]
    }

    func match(_ request: APIRequest) -> Match? {
        if let operation = fixed["\(request.method) \(request.path)"] { return Match(operation: operation) }
        for route in labelled where route.method == request.method && request.path.hasPrefix(route.prefix) {
            // A client may send the slashes of an ARN as they are.
            guard let value = APIRequest.decoded(request.path.dropFirst(route.prefix.count)), !value.isEmpty else {
                continue
            }
            return Match(operation: route.operation, labels: [route.label: value])
        }
        return nil
    }
}
