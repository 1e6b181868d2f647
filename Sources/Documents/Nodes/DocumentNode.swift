/// A value of a YAML or JSON document, with its place.
public struct DocumentNode: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case null
        case bool(Bool)
        case int(Int)
        case double(Double)
        case string(String)
        case sequence([DocumentNode])
        /// In the order of the document; keys are unique.
        case mapping([Entry])
        /// Stands for a reference that could not be resolved; its problem has already been reported.
        case unresolved
    }

    public struct Entry: Sendable, Hashable {
        public let key: String
        public let keyPosition: SourcePosition
        public let value: DocumentNode

        public init(key: String, keyPosition: SourcePosition, value: DocumentNode) {
            self.key = key
            self.keyPosition = keyPosition
            self.value = value
        }
    }

    public let value: Value
    public let position: SourcePosition
    /// A scalar as it is written, whatever its type: `1.10` stays `1.10`, `0644` stays `0644`. Nil for collections.
    public let text: String?
    /// How positions inside a scalar's text are found.
    let layout: ScalarLayout

    init(_ value: Value, at position: SourcePosition, text: String? = nil, layout: ScalarLayout = .opaque) {
        self.value = value
        self.position = position
        if case .string(let string) = value { self.text = string } else { self.text = text }
        self.layout = layout
    }

    /// A string that did not come from a document, or was made of several of its values.
    public static func string(_ string: String, at position: SourcePosition) -> DocumentNode {
        DocumentNode(.string(string), at: position)
    }

    /// Positions say where a value stands, not what it is.
    public static func == (left: DocumentNode, right: DocumentNode) -> Bool {
        left.value == right.value && left.text == right.text
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(value)
        hasher.combine(text)
    }
}

extension DocumentNode.Entry {
    public static func == (left: Self, right: Self) -> Bool {
        left.key == right.key && left.value == right.value
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(value)
    }
}

extension DocumentNode {
    /// The value of a key, for a mapping.
    public subscript(key: String) -> DocumentNode? {
        entry(key)?.value
    }

    func entry(_ key: String) -> Entry? {
        guard case .mapping(let entries) = value else { return nil }
        return entries.first { $0.key == key }
    }

    public var entries: [Entry]? {
        if case .mapping(let entries) = value { entries } else { nil }
    }

    public var elements: [DocumentNode]? {
        if case .sequence(let elements) = value { elements } else { nil }
    }

    public var int: Int? {
        if case .int(let int) = value { int } else { nil }
    }

    public var bool: Bool? {
        if case .bool(let bool) = value { bool } else { nil }
    }

    public var isNull: Bool { value == .null }

    var isUnresolved: Bool {
        if case .unresolved = value { true } else { false }
    }

    /// What kind of value this is, for messages: `a list`, `the text 'abc'`.
    public var kind: String {
        switch value {
        case .null: "nothing"
        case .bool: "the boolean \(text ?? "")"
        case .int, .double: "the number \(text ?? "")"
        case .string(let string): string.count <= 40 ? "the text '\(string)'" : "a text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .unresolved: "an unresolved reference"
        }
    }
}
