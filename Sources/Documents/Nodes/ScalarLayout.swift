/// How the text of a scalar lies in its file, so that a place inside the text has a line and a column.
enum ScalarLayout: Sendable, Hashable {
    /// On one line, letter for letter, from this place.
    case inline(SourcePosition)
    /// A literal block (`|`): the text's lines are the file's lines from `firstLine`, moved in by `indent` columns.
    case block(file: String, firstLine: Int, indent: Int)
    /// Folded, escaped or computed: a place in the text has no place of its own in the file.
    case opaque
}

extension DocumentNode {
    /// The place of a position inside a scalar's text, as close as the way it is written allows.
    func position(inside text: String, at index: String.Index) -> SourcePosition {
        layout.position(inside: text, at: index) ?? position
    }
}

extension ScalarLayout {
    /// Nil where a place in the text has no place of its own in the file.
    func position(inside text: String, at index: String.Index) -> SourcePosition? {
        switch self {
        case .opaque:
            return nil
        case .inline(let start):
            let columns = text.unicodeScalars.distance(from: text.unicodeScalars.startIndex, to: index)
            return SourcePosition(file: start.file, line: start.line, column: start.column + columns)
        case .block(let file, let firstLine, let indent):
            let before = text.unicodeScalars[..<index]
            let line = before.count { $0 == "\n" }
            let lineStart = before.lastIndex(of: "\n").map(before.index(after:)) ?? before.startIndex
            return SourcePosition(
                file: file, line: firstLine + line, column: indent + 1 + before[lineStart...].count)
        }
    }
}
