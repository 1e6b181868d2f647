import Failures

/// What a step's action is given, its expressions evaluated: the document's tree.
public indirect enum ActionValue: Sendable, Equatable {
    /// Any scalar, as the document writes it: "0755" is not a number yet.
    case text(String)
    case list([ActionValue])
    case mapping([String: ActionValue])
}

extension ActionValue {
    /// For messages: "a list".
    var kind: String {
        switch self {
        case .text(let text): "\"\(text)\""
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    /// The inputs of a module that takes one mapping.
    ///
    /// - Throws: `ActionFailure` code `invalidInput`.
    func input() throws(ActionFailure) -> ActionInput {
        guard case .mapping(let fields) = self else {
            throw ActionFailure(.invalidInput, "inputs is \(kind), expected a mapping")
        }
        return ActionInput(fields, place: "inputs")
    }

    /// The inputs of a module that takes a list of mappings. One mapping alone counts as a list of one.
    ///
    /// - Throws: `ActionFailure` code `invalidInput`.
    func inputs() throws(ActionFailure) -> [ActionInput] {
        if case .mapping(let fields) = self { return [ActionInput(fields, place: "inputs")] }
        guard case .list(let elements) = self, !elements.isEmpty else {
            throw ActionFailure(.invalidInput, "inputs is \(kind), expected a list of mappings")
        }
        var inputs: [ActionInput] = []
        for (index, element) in elements.enumerated() {
            guard case .mapping(let fields) = element else {
                throw ActionFailure(.invalidInput, "inputs[\(index)] is \(element.kind), expected a mapping")
            }
            inputs.append(ActionInput(fields, place: "inputs[\(index)]"))
        }
        return inputs
    }
}
