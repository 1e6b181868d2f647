import Documents

extension ActionValue {
    /// A step's inputs with their values put in.
    init(_ input: ResolvedInput) {
        switch input {
        case .text(let text): self = .text(text)
        case .list(let elements): self = .list(elements.map(ActionValue.init))
        case .mapping(let entries):
            self = .mapping(Dictionary(entries.map { ($0.key, ActionValue($0.value)) }) { first, _ in first })
        }
    }
}
