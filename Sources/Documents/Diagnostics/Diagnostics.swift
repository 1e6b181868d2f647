/// Collects the problems of a document set while it is read, so that all of them are told in one run.
///
/// One collector serves one synchronous reading; what leaves it is the sorted list of values.
final class Diagnostics {
    private var found: [Diagnostic] = []
    private var seen: Set<Diagnostic> = []
    /// Texts that no message may show: values of `NoEcho` parameters.
    private(set) var secrets: Set<String> = []

    /// Past this many a file is beyond help line by line, and a hostile one could fill the terminal.
    static let limit = 200
    private var dropped = 0
    private var droppedErrors = 0

    /// What problems are reported under that do not name a rule of their own.
    private var rule = Rule.schema

    /// Reports what `body` finds under a rule.
    func under<Result>(_ rule: Rule, _ body: () -> Result) -> Result {
        let outer = self.rule
        self.rule = rule
        defer { self.rule = outer }
        return body()
    }

    func hide(_ secret: String) {
        guard !secret.isEmpty else { return }
        secrets.insert(secret)
    }

    func error(at position: SourcePosition, _ message: String, hint: String? = nil, rule: Rule? = nil) {
        add(Diagnostic(.error, at: position, message, hint: hint, rule: rule ?? self.rule))
    }

    func warning(at position: SourcePosition, _ message: String, hint: String? = nil, rule: Rule? = nil) {
        add(Diagnostic(.warning, at: position, message, hint: hint, rule: rule ?? self.rule))
    }

    func add(_ diagnostic: Diagnostic) {
        let shown = Diagnostic(
            diagnostic.severity, at: diagnostic.position, redacted(diagnostic.message),
            hint: diagnostic.hint.map(redacted), rule: diagnostic.rule)
        guard seen.insert(shown).inserted else { return }
        guard found.count < Self.limit else {
            dropped += 1
            if diagnostic.severity == .error { droppedErrors += 1 }
            return
        }
        found.append(shown)
    }

    func add(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics { add(diagnostic) }
    }

    var hasErrors: Bool { found.contains { $0.severity == .error } || droppedErrors > 0 }

    /// In the order of the files' lines; problems at one place stay in the order they were found.
    var sorted: [Diagnostic] {
        var result = found.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element)
        if dropped > 0, let last = result.last {
            result.append(
                Diagnostic(
                    .error, at: last.position, "\(dropped) more problems are not shown", hint: "mend these first"))
        }
        return result
    }

    /// The failure to throw if an error was found.
    func check() throws(DocumentFailure) {
        if hasErrors { throw DocumentFailure(sorted) }
    }

    private func redacted(_ text: String) -> String {
        // Longest first: a secret may contain another.
        secrets.sorted { $0.count > $1.count }.reduce(text) { $0.replacing($1, with: "****") }
    }
}
