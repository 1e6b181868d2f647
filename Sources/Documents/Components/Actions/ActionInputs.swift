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
    /// How messages call them: "its inputs", "inputs[1]".
    public let place: String

    public func has(_ name: String) -> Bool { values[name] != nil }

    /// A string that is required, or has a default; "" where it is absent.
    public func text(_ name: String) -> String { string(name) ?? "" }

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

extension [ActionInputs] {
    /// The inputs of an action that takes one mapping.
    public var only: ActionInputs { first ?? ActionInputs(values: [:], place: "its inputs") }
}

extension ActionSchema {
    /// The inputs of a step, one for each element of a list, one for a mapping, none for a condition.
    ///
    /// - Parameter inputs: nil where the step has none.
    /// - Throws: `ActionInputs.Problem` for what the document's check could not know: a value of a wrong kind.
    public func read(_ inputs: ResolvedInput?) throws(ActionInputs.Problem) -> [ActionInputs] {
        switch (shape, inputs) {
        case (.condition, _): return []
        case (.mapping, nil): return [try record(.mapping([]), "its inputs")]
        case (.mapping, let inputs?): return [try record(inputs, "its inputs")]
        case (.list, .list(let elements)):
            var records: [ActionInputs] = []
            for (index, element) in elements.enumerated() { records.append(try record(element, "inputs[\(index)]")) }
            return records
        case (.list, _): throw ActionInputs.Problem(reason: "its inputs must be a list")
        }
    }

    private func record(_ value: ResolvedInput, _ place: String) throws(ActionInputs.Problem) -> ActionInputs {
        guard case .mapping = value else {
            throw ActionInputs.Problem(reason: "\(place) must be a mapping, found \(value.kind)")
        }
        var values: [String: ActionInputs.Value] = [:]
        for field in fields {
            if let given = value[field.name] {
                values[field.name] = try field.read(given, place)
            } else if let text = field.defaultValue {
                values[field.name] = try field.read(.text(text), place)
            } else if field.isRequired {
                throw ActionInputs.Problem(reason: "'\(field.name)' of \(place) is missing")
            }
        }
        return ActionInputs(values: values, place: place)
    }
}
