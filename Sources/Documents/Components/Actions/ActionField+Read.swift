extension ActionField {
    /// A value as the field has it.
    ///
    /// - Parameter place: how messages call the inputs that it is one of.
    func read(
        _ value: ResolvedInput, _ place: String
    ) throws(ActionInputs.Problem) -> ActionInputs.Value {
        func problem(_ expected: String, _ found: ResolvedInput? = nil) -> ActionInputs.Problem {
            .init(reason: "'\(name)' of \(place) must be \(expected), found \((found ?? value).kind)")
        }
        func scalar(_ value: ResolvedInput) throws(ActionInputs.Problem) -> String {
            guard case .text(let text) = value else { throw problem("made of texts", value) }
            return text
        }
        switch (kind, value) {
        case (.string, .text(let text)):
            guard !text.isEmpty || !isRequired else {
                throw ActionInputs.Problem(reason: "'\(name)' of \(place) is empty")
            }
            guard allows(text) else { throw problem(Suggestion.oneOf(allowed)) }
            return .string(text)
        case (.bool, .text(let text)):
            switch text.lowercased() {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: throw problem("true or false")
            }
        case (.integer, .text(let text)):
            guard let number = Int(text), number >= 0 else { throw problem("a whole number from 0 up") }
            return .integer(number)
        case (.strings, .list(let elements)), (.scalars, .list(let elements)):
            var texts: [String] = []
            for element in elements { texts.append(try scalar(element)) }
            return .strings(texts)
        case (.scalars, .text(let text)):
            return .string(text)
        case (.texts, .mapping(let entries)):
            var texts: [ActionInputs.Text] = []
            for entry in entries { texts.append(.init(name: entry.key, value: try scalar(entry.value))) }
            return .texts(texts)
        case (.parameters, .list(let elements)):
            var texts: [ActionInputs.Text] = []
            for element in elements {
                guard let name = element["name"], let value = element["value"] else {
                    throw problem("a list of 'name' and 'value'", element)
                }
                texts.append(.init(name: try scalar(name), value: try scalar(value)))
            }
            return .texts(texts)
        case (.string, _): throw problem("a text")
        case (.bool, _): throw problem("true or false")
        case (.integer, _): throw problem("a whole number from 0 up")
        case (.texts, _): throw problem("a mapping")
        case (.strings, _), (.scalars, _), (.parameters, _): throw problem("a list")
        }
    }
}

extension ResolvedInput {
    /// For messages: what it is instead.
    var kind: String {
        switch self {
        case .text(let text): "'\(text)'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
