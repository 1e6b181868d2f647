/// What a step's action is given: a tree whose every scalar may hold expressions, evaluated when the step starts.
///
/// A scalar is its text as written (`true`, `0644`, `1.10`); the action's schema says what it is read as.
public indirect enum InputValue: Sendable, Hashable {
    case text(Interpolation)
    case list([InputValue])
    /// In the order of the document; keys are unique.
    case mapping([Entry])

    public struct Entry: Sendable, Hashable {
        public let key: String
        public let keyPosition: SourcePosition
        public let value: InputValue

        public init(key: String, keyPosition: SourcePosition, value: InputValue) {
            self.key = key
            self.keyPosition = keyPosition
            self.value = value
        }
    }

    init(_ node: DocumentNode) {
        switch node.value {
        case .sequence(let elements):
            self = .list(elements.map(InputValue.init))
        case .mapping(let entries):
            self = .mapping(
                entries.map { Entry(key: $0.key, keyPosition: $0.keyPosition, value: InputValue($0.value)) })
        default:
            self = .text(Interpolation(node, text: node.isNull ? "" : node.text ?? ""))
        }
    }
}

extension InputValue {
    /// The value of a key, for a mapping.
    public subscript(key: String) -> InputValue? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The scalar, if this is one.
    public var text: Interpolation? {
        if case .text(let text) = self { text } else { nil }
    }

    public var elements: [InputValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }

    public var entries: [Entry]? {
        if case .mapping(let entries) = self { entries } else { nil }
    }

    /// The value at the end of a path of keys and indices, which `{{ phase.step.inputs.… }}` refers to.
    public func value(at path: [ChainingExpression.PathElement]) -> InputValue? {
        path.reduce(self as InputValue?) { value, element in
            switch element {
            case .key(let key):
                return value?[key]
            case .index(let index):
                guard let elements = value?.elements, elements.indices.contains(index) else { return nil }
                return elements[index]
            }
        }
    }

    /// Every expression in it, in the order of the document.
    public var expressions: [ChainingExpression] {
        texts.flatMap(\.expressions)
    }

    /// Every scalar in it, in the order of the document.
    public var texts: [Interpolation] {
        switch self {
        case .text(let text): [text]
        case .list(let elements): elements.flatMap(\.texts)
        case .mapping(let entries): entries.flatMap(\.value.texts)
        }
    }

    /// The same tree with its values put in. `lookup` returns nil to leave an expression as it is written.
    public func evaluate<Problem: Error>(
        _ lookup: (ChainingExpression) throws(Problem) -> String?
    ) throws(Problem) -> ResolvedInput {
        switch self {
        case .text(let text):
            return .text(try text.evaluate(lookup))
        case .list(let elements):
            var result: [ResolvedInput] = []
            for element in elements { result.append(try element.evaluate(lookup)) }
            return .list(result)
        case .mapping(let entries):
            var result: [ResolvedInput.Entry] = []
            for entry in entries {
                result.append(.init(key: entry.key, value: try entry.value.evaluate(lookup)))
            }
            return .mapping(result)
        }
    }
}
