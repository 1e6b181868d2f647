/// What an action is given once every expression has its value.
public indirect enum ResolvedInput: Sendable, Hashable {
    case text(String)
    case list([ResolvedInput])
    /// In the order of the document; keys are unique.
    case mapping([Entry])

    /// The value of a key, for a mapping.
    public subscript(key: String) -> ResolvedInput? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    public struct Entry: Sendable, Hashable {
        public let key: String
        public let value: ResolvedInput

        public init(key: String, value: ResolvedInput) {
            self.key = key
            self.value = value
        }
    }
}
