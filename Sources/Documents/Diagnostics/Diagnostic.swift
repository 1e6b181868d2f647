/// One problem of a document, with its place.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    public enum Severity: String, Sendable, Hashable {
        case error
        case warning
    }

    public let severity: Severity
    public let position: SourcePosition
    /// What is wrong, in one sentence without a full stop.
    public let message: String
    /// What was expected, or what to write instead.
    public let hint: String?
    public let rule: Rule

    public init(
        _ severity: Severity, at position: SourcePosition, _ message: String, hint: String? = nil,
        rule: Rule = .schema
    ) {
        self.severity = severity
        self.position = position
        self.message = Self.line(message)
        self.hint = hint.map(Self.line)
        self.rule = rule
    }

    /// What a document has may have several lines: a diagnostic is one.
    private static func line(_ text: String) -> String {
        guard text.contains(where: { $0.isNewline || $0 == "\t" }) else { return text }
        return text.split(omittingEmptySubsequences: false) { $0.isNewline }.joined(separator: "\\n")
            .replacing("\t", with: "\\t")
    }

    /// `file:line:column: severity: message (hint)`, the form compilers use and editors jump to.
    public var description: String {
        "\(position): \(severity.rawValue): \(message)" + (hint.map { " (\($0))" } ?? "")
    }
}
