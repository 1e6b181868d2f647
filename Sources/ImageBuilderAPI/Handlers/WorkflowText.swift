import Yams

/// A workflow document as far as the service looks at it when it takes one: that it is a workflow, and what it can be given.
struct WorkflowText {
    /// `ListWorkflowParameterDetail`s of the contract.
    let parameters: [JSONValue]

    static let maximumBytes = 16_000

    struct Fault: Error {
        let message: String
    }

    init(_ text: String) throws(Fault) {
        let root: Node
        do {
            // Composed, not loaded: aliases stay single nodes, however often they are named.
            guard let node = try Yams.compose(yaml: text), node.mapping != nil else {
                throw Fault(message: "expected a mapping with name, schemaVersion and steps")
            }
            root = node
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(message: "\(error)")
        }
        guard let version = root["schemaVersion"]?.string ?? root["schemaVersion"]?.scalar?.string, version == "1.0"
        else { throw Fault(message: "schemaVersion must be 1.0") }
        guard root["name"]?.scalar != nil else { throw Fault(message: "name must be a text") }
        guard let steps = root["steps"]?.sequence, !steps.isEmpty else {
            throw Fault(message: "steps must be a list of one or more steps")
        }
        var names: Set<String> = []
        for (index, step) in steps.enumerated() {
            guard let name = step["name"]?.scalar?.string, step["action"]?.scalar != nil else {
                throw Fault(message: "steps[\(index)] must have a name and an action")
            }
            guard names.insert(name).inserted else { throw Fault(message: "two steps have the name '\(name)'") }
        }
        parameters = try Self.parameters(root["parameters"])
    }

    private static func parameters(_ node: Node?) throws(Fault) -> [JSONValue] {
        var parameters: [JSONValue] = []
        for (index, entry) in (node?.sequence ?? []).enumerated() {
            guard let name = entry["name"]?.scalar?.string, let type = entry["type"]?.scalar?.string,
                ["string", "integer", "boolean", "stringList"].contains(type)
            else {
                throw Fault(
                    message:
                        "parameters[\(index)] must have a name and a type of string, integer, boolean or stringList")
            }
            var detail: [String: JSONValue] = ["name": .string(name), "type": .string(type)]
            detail["description"] = entry["description"]?.scalar.map { .string($0.string) }
            if let value = entry["default"] {
                let values = value.sequence.map { $0.compactMap(\.scalar?.string) } ?? value.scalar.map { [$0.string] }
                detail["defaultValue"] = values.map { .array($0.map { .string($0) }) }
            }
            parameters.append(.object(detail))
        }
        return parameters
    }
}
