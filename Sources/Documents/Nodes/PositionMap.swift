/// Places of a text that is itself a part of a file, as places of that file.
enum PositionMap: Sendable {
    /// The text is the file.
    case file(String)
    /// The text is a literal block of the file.
    case block(file: String, firstLine: Int, indent: Int)

    func position(line: Int, column: Int) -> SourcePosition {
        switch self {
        case .file(let file):
            SourcePosition(file: file, line: line, column: column)
        case .block(let file, let firstLine, let indent):
            SourcePosition(file: file, line: firstLine + line - 1, column: indent + column)
        }
    }
}
