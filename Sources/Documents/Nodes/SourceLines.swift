/// A document's lines as the parser counts them, for finding how a value is written.
struct SourceLines {
    private let lines: [ArraySlice<Unicode.Scalar>]

    init(_ text: String) {
        lines = Array(text.unicodeScalars).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// A line by its number, from 1; empty where there is none. A slice: JSON may be one line of a megabyte.
    subscript(number: Int) -> ArraySlice<Unicode.Scalar> {
        number >= 1 && number <= lines.count ? lines[number - 1] : []
    }

    var count: Int { lines.count }

    /// The line after `line` where the same key stands in the same column of a block mapping.
    func repetition(of key: String, line: Int, column: Int) -> Int? {
        guard line < lines.count else { return nil }
        let forms = [key, "\"\(key)\"", "'\(key)'"].map { Array($0.unicodeScalars) }
        for number in (line + 1)...lines.count {
            let content = self[number]
            let rest = content.drop { $0 == " " }
            let indent = content.count - rest.count
            guard let first = rest.first, first != "#" else { continue }
            if indent < column - 1 { return nil }
            guard indent == column - 1 else { continue }
            if forms.contains(where: { form in
                rest.starts(with: form) && rest.dropFirst(form.count).first { $0 != " " } == ":"
            }) {
                return number
            }
        }
        return nil
    }

    /// How a scalar of this text, written from `line` and `column`, lies in its lines.
    func layout(of text: String, line: Int, column: Int, map: PositionMap) -> ScalarLayout {
        let source = self[line]
        var rest = source.dropFirst(column - 1)
        // A tag and an anchor may stand before the scalar itself.
        while let first = rest.first, first == "!" || first == "&" {
            rest = rest.drop { $0 != " " }.drop { $0 == " " }
        }
        switch rest.first {
        case nil, ">":
            return .opaque
        case "|":
            return blockLayout(of: text, header: line, map: map)
        case "\"", "'":
            rest = rest.dropFirst()
        default:
            break
        }
        guard rest.starts(with: text.unicodeScalars) else { return .opaque }
        return .inline(map.position(line: line, column: rest.startIndex - source.startIndex + 1))
    }

    private func blockLayout(of text: String, header: Int, map: PositionMap) -> ScalarLayout {
        let content = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = content.firstIndex(where: { $0.contains { $0 != " " } }) else { return .opaque }
        let written = self[header + 1 + first].prefix { $0 == " " }.count
        let kept = content[first].prefix { $0 == " " }.count
        guard written >= kept else { return .opaque }
        let start = map.position(line: header + 1, column: written - kept + 1)
        return .block(file: start.file, firstLine: start.line, indent: start.column - 1)
    }
}
