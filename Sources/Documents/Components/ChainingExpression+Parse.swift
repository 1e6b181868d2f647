extension ChainingExpression {
    /// Reads what stands between the braces. Nil for what is no reference, such as a Go or Jinja template that a
    /// script carries: it stays as it is written.
    static func parse(_ text: String, at position: SourcePosition) -> ChainingExpression? {
        if text.hasPrefix("aws:ssm:") {
            guard let name = parameterName(text.dropFirst(8)) else { return nil }
            return ChainingExpression(reference: .systemsManager(name), text: text, position: position)
        }
        guard let segments = segments(of: text) else { return nil }
        guard let reference = reference(of: segments) else { return nil }
        return ChainingExpression(reference: reference, text: text, position: position)
    }

    private static func parameterName(_ text: Substring) -> ParameterName? {
        guard text.hasPrefix("resolve("), text.hasSuffix(")") else {
            return text.isEmpty ? nil : .literal(String(text))
        }
        let inner = text.dropFirst(8).dropLast().trimmingBlanks
        if inner.hasPrefix("aws:ssm:") {
            let name = inner.dropFirst(8)
            return name.isEmpty ? nil : .parameter(String(name))
        }
        return isName(String(inner)) ? .variable(String(inner)) : nil
    }

    private struct Segment {
        var name: String
        var indices: [Int] = []
    }

    private static func reference(of segments: [Segment]) -> Reference? {
        let plainNames = segments.prefix(2).allSatisfy { $0.indices.isEmpty }
        guard let first = segments.first, plainNames else { return nil }
        switch segments.count {
        case 1:
            return .variable(first.name)
        case 2 where ["index", "value"].contains(segments[1].name):
            return .loop(name: first.name, field: segments[1].name)
        case 3...:
            guard let source = Source(rawValue: segments[2].name) else { return nil }
            var path = segments[2].indices.map(PathElement.index)
            for segment in segments.dropFirst(3) {
                path.append(.key(segment.name))
                path += segment.indices.map(PathElement.index)
            }
            return .step(phase: first.name, step: segments[1].name, source: source, path: path)
        default:
            return nil
        }
    }

    /// `a.b[0].c` in its parts; nil if the text has another shape.
    private static func segments(of text: String) -> [Segment]? {
        var result: [Segment] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            guard let name = pieces.first, isName(String(name)) else { return nil }
            var segment = Segment(name: String(name))
            for piece in pieces.dropFirst() {
                guard piece.hasSuffix("]"), let index = Int(piece.dropLast()), index >= 0 else { return nil }
                segment.indices.append(index)
            }
            result.append(segment)
        }
        return result
    }

    /// Whether a text can stand between the dots of an expression.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy(isNameCharacter)
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "-" || character == "_")
    }
}
