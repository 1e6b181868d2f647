/// The text of `Fn::Sub`, in its parts.
struct SubTemplate {
    enum Part {
        case literal(String)
        /// `${Name}`, `${Resource.Attribute}`, with its place.
        case variable(String, SourcePosition)
    }

    let parts: [Part]

    init(_ node: DocumentNode, text: String) {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "${") {
            guard let close = rest[open.upperBound...].firstIndex(of: "}") else { break }
            let name = rest[open.upperBound..<close]
            literal += rest[..<open.lowerBound]
            if name.hasPrefix("!") {
                // `${!Literal}` is how `${Literal}` is written.
                literal += "${" + name.dropFirst() + "}"
            } else {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(
                    .variable(String(name.trimmingBlanks), node.position(inside: text, at: open.lowerBound)))
            }
            rest = rest[rest.index(after: close)...]
        }
        literal += rest
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    var variables: [(name: String, position: SourcePosition)] {
        parts.compactMap { if case .variable(let name, let position) = $0 { (name, position) } else { nil } }
    }
}
