/// A value as steps give and take it: JSON.
public indirect enum WorkflowValue: Sendable, Hashable {
    case null
    case string(String)
    case boolean(Bool)
    case integer(Int)
    /// As it is written: no digit is lost.
    case number(String)
    case list([WorkflowValue])
    case mapping([String: WorkflowValue])

    /// As a text, as `stringEquals` compares it and a script is given it. A list is its elements with commas between them.
    public var text: String {
        switch self {
        case .null: ""
        case .string(let text), .number(let text): text
        case .boolean(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .list(let values): values.map(\.text).joined(separator: ",")
        case .mapping(let members):
            members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }.joined(separator: ",")
        }
    }

    /// Also of the texts "true" and "false"; nil for anything else.
    public var flag: Bool? {
        switch self {
        case .boolean(let flag): flag
        case .string(let text): Bool(text.lowercased())
        default: nil
        }
    }

    public var elements: [WorkflowValue]? {
        if case .list(let values) = self { values } else { nil }
    }

    public subscript(key: String) -> WorkflowValue? {
        if case .mapping(let members) = self { members[key] } else { nil }
    }
}

extension WorkflowValue: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .string(let text): try container.encode(text)
        case .boolean(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .number(let text):
            if let number = Double(text) { try container.encode(number) } else { try container.encode(text) }
        case .list(let values): try container.encode(values)
        case .mapping(let members): try container.encode(members)
        }
    }
}

extension WorkflowParameter {
    /// What the texts that a pipeline gives mean to the parameter.
    ///
    /// - Returns: nil for what is no value of its type.
    public func value(of given: [String]) -> WorkflowValue? {
        if kind == .stringList { return .list(given.map { .string($0) }) }
        guard let text = given.first, given.count == 1 else { return nil }
        switch kind {
        case .string, .stringList: return .string(text)
        case .integer: return Int(text).map { .integer($0) }
        case .boolean: return Bool(text.lowercased()).map { .boolean($0) }
        }
    }

    /// The default as texts, as the API tells it.
    public var defaultTexts: [String]? {
        defaultValue.map { value in value.elements?.map(\.text) ?? [value.text] }
    }
}
