/// What a step is given: a tree whose texts may hold variables.
public indirect enum WorkflowInput: Sendable, Hashable {
    case value(WorkflowValue)
    case variable(WorkflowVariable)
    /// A text with `{{ $.… }}` in it.
    case text([Part])
    case list([WorkflowInput])
    case mapping([Entry])

    public enum Part: Sendable, Hashable {
        case literal(String)
        case variable(WorkflowVariable)
    }

    public struct Entry: Sendable, Hashable {
        public let key: String
        public let value: WorkflowInput
    }

    /// Every variable in it, in the order of the document.
    public var variables: [WorkflowVariable] {
        switch self {
        case .value: []
        case .variable(let variable): [variable]
        case .text(let parts): parts.compactMap { if case .variable(let variable) = $0 { variable } else { nil } }
        case .list(let elements): elements.flatMap(\.variables)
        case .mapping(let entries): entries.flatMap(\.value.variables)
        }
    }

    /// The value, with those of its variables put in.
    ///
    /// - Returns: nil as soon as `lookup` does: a variable has no value (yet).
    public func evaluate(_ lookup: (WorkflowVariable) -> WorkflowValue?) -> WorkflowValue? {
        switch self {
        case .value(let value): return value
        case .variable(let variable): return lookup(variable)
        case .text(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .literal(let piece): text += piece
                case .variable(let variable):
                    guard let value = lookup(variable) else { return nil }
                    text += value.text
                }
            }
            return .string(text)
        case .list(let elements):
            let values = elements.compactMap { $0.evaluate(lookup) }
            return values.count == elements.count ? .list(values) : nil
        case .mapping(let entries):
            var members: [String: WorkflowValue] = [:]
            for entry in entries {
                guard let value = entry.value.evaluate(lookup) else { return nil }
                members[entry.key] = value
            }
            return .mapping(members)
        }
    }
}
