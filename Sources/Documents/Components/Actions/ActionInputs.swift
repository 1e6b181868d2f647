/// An action's inputs as its schema has them, once every expression has its value: typed, defaults put in.
public struct ActionInputs: Sendable, Hashable {
    /// What is wrong with a value that was only known when the step started, in words that end a sentence.
    public struct Problem: Error, Hashable {
        public let reason: String
    }

    public enum Value: Sendable, Hashable {
        case string(String)
        case bool(Bool)
        case integer(Int)
        case strings([String])
        /// Names to texts, in the order of the document.
        case texts([Text])
    }

    public struct Text: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    public let values: [String: Value]

    public func string(_ name: String) -> String? {
        if case .string(let value) = values[name] { value } else { nil }
    }

    /// False where it is absent and has no default.
    public func bool(_ name: String) -> Bool {
        if case .bool(let value) = values[name] { value } else { false }
    }

    public func integer(_ name: String) -> Int? {
        if case .integer(let value) = values[name] { value } else { nil }
    }

    /// Empty where it is absent.
    public func strings(_ name: String) -> [String] {
        if case .strings(let value) = values[name] { value } else { [] }
    }

    public func texts(_ name: String) -> [Text] {
        if case .texts(let value) = values[name] { value } else { [] }
    }
}

extension ActionSchema {
    /// The inputs of a step, one for each element of a list, one for a mapping, none for a condition.
    ///
    /// - Parameter inputs: nil where the step has none.
    /// - Throws: `ActionInputs.Problem` for what the document's check could not know: a value of a wrong kind.
    public func read(_ inputs: ResolvedInput?) throws(ActionInputs.Problem) -> [ActionInputs] {
        switch (shape, inputs) {
        case (.condition, _): return []
        case (.mapping, nil): return [try record(.mapping([]))]
        case (.mapping, let inputs?): return [try record(inputs)]
        case (.list, .list(let elements)):
            var records: [ActionInputs] = []
            for element in elements { records.append(try record(element)) }
            return records
        case (.list, _): throw ActionInputs.Problem(reason: "its inputs are no list")
        }
    }

    private func record(_ value: ResolvedInput) throws(ActionInputs.Problem) -> ActionInputs {
        guard case .mapping(let entries) = value else {
            throw ActionInputs.Problem(reason: "its inputs are no mapping")
        }
        var values: [String: ActionInputs.Value] = [:]
        for field in fields {
            if let entry = entries.first(where: { $0.key == field.name }) {
                values[field.name] = try field.read(entry.value)
            } else if let text = field.defaultValue {
                values[field.name] = try field.read(.text(text))
            } else if field.isRequired {
                throw ActionInputs.Problem(reason: "its inputs need '\(field.name)'")
            }
        }
        return ActionInputs(values: values)
    }
}

extension ActionField {
    fileprivate func read(_ value: ResolvedInput) throws(ActionInputs.Problem) -> ActionInputs.Value {
        switch (kind, value) {
        case (.string, .text(let text)):
            guard allows(text) else { throw problem("\(Suggestion.oneOf(allowed)), found '\(text)'") }
            return .string(text)
        case (.bool, .text(let text)):
            switch text.lowercased() {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: throw problem("true or false, found '\(text)'")
            }
        case (.integer, .text(let text)):
            guard let number = Int(text), number >= 0 else {
                throw problem("a whole number from 0 up, found '\(text)'")
            }
            return .integer(number)
        case (.strings, .list(let elements)), (.scalars, .list(let elements)):
            return .strings(try elements.map { (element) throws(ActionInputs.Problem) in try scalar(element) })
        case (.scalars, .text(let text)):
            return .string(text)
        case (.texts, .mapping(let entries)):
            return .texts(
                try entries.map { (entry) throws(ActionInputs.Problem) in
                    ActionInputs.Text(name: entry.key, value: try scalar(entry.value))
                })
        case (.parameters, .list(let elements)):
            return .texts(try elements.map { (element) throws(ActionInputs.Problem) in try parameter(element) })
        default:
            throw problem("of another kind")
        }
    }

    private func parameter(_ element: ResolvedInput) throws(ActionInputs.Problem) -> ActionInputs.Text {
        guard case .mapping(let entries) = element,
            let name = entries.first(where: { $0.key == "name" })?.value,
            let value = entries.first(where: { $0.key == "value" })?.value
        else { throw problem("a list of 'name' and 'value'") }
        return ActionInputs.Text(name: try scalar(name), value: try scalar(value))
    }

    private func scalar(_ value: ResolvedInput) throws(ActionInputs.Problem) -> String {
        guard case .text(let text) = value else { throw problem("made of texts") }
        return text
    }

    private func problem(_ expected: String) -> ActionInputs.Problem {
        ActionInputs.Problem(reason: "its input '\(name)' must be \(expected)")
    }
}
