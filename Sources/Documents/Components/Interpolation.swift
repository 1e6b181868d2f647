/// A text with expressions in it, whose values are known when the step starts.
public struct Interpolation: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        case literal(String)
        case expression(ChainingExpression)
    }

    public let parts: [Part]
    /// The text as written.
    public let source: String
    public let position: SourcePosition
    /// How the text lies in its file.
    let layout: ScalarLayout

    /// Reads the expressions of a scalar's text; every one has its own place in the file where the scalar is written
    /// letter for letter.
    init(_ node: DocumentNode, text: String) {
        source = text
        position = node.position
        layout = node.layout
        var parts: [Part] = []
        var literal = text.startIndex
        var search = text.startIndex
        while var open = text[search...].firstRange(of: "{{") {
            guard let close = text[open.upperBound...].firstRange(of: "}}") else { break }
            // `{{{{ name }}` opens at its last braces.
            while let later = text[text.index(after: open.lowerBound)..<close.lowerBound].firstRange(of: "{{") {
                open = later
            }
            let inside = text[open.upperBound..<close.lowerBound]
            let content = inside.trimmingBlanks
            let place = node.position(inside: text, at: open.lowerBound)
            if let expression = ChainingExpression.parse(String(content), at: place) {
                if literal < open.lowerBound { parts.append(.literal(String(text[literal..<open.lowerBound]))) }
                parts.append(.expression(expression))
                literal = close.upperBound
            }
            search = close.upperBound
        }
        if literal < text.endIndex { parts.append(.literal(String(text[literal...]))) }
        self.parts = parts
    }

    /// A text of the program's own, for tests and computed inputs: its expressions are read, its places are made up.
    public init(_ text: String, file: String = "-") {
        self.init(.string(text, at: .start(of: file)), text: text)
    }

    /// The place of a position inside `source`, as close as the way it is written allows.
    func position(at index: String.Index) -> SourcePosition {
        layout.position(inside: source, at: index) ?? position
    }

    public var expressions: [ChainingExpression] {
        parts.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
    }

    /// The text with its values put in. `lookup` returns nil to leave an expression as it is written, as the language
    /// does with `{{ loop.value }}` outside of a loop.
    public func evaluate<Problem: Error>(
        _ lookup: (ChainingExpression) throws(Problem) -> String?
    ) throws(Problem) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .literal(let text): result += text
            case .expression(let expression): result += try lookup(expression) ?? "{{ \(expression.text) }}"
            }
        }
        return result
    }
}

extension Substring {
    /// Without blanks and line ends at both sides.
    var trimmingBlanks: Substring {
        var result = self
        while let first = result.first, first.isWhitespace { result.removeFirst() }
        while let last = result.last, last.isWhitespace { result.removeLast() }
        return result
    }
}
