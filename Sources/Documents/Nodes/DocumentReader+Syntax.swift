import Yams

extension DocumentReader {
    /// A syntax error as a diagnostic: where, what, and the usual slip behind it.
    func report(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            reportSyntax(problem, context: context, mark: mark, in: text)
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0).unicodeScalars
            let line = before.count { $0 == "\n" } + 1
            let column = before.reversed().prefix { $0 != "\n" }.count + 1
            diagnostics.error(
                at: map.position(line: line, column: column), "this is not readable as YAML: \(problem)", rule: .syntax)
        case .duplicatedKeysInMapping(let duplicates, let context):
            reportDuplicates(duplicates, first: context.mark, in: text)
        default:
            diagnostics.error(at: map.position(line: 1, column: 1), "this is not readable as YAML", rule: .syntax)
        }
    }

    private func reportSyntax(_ problem: String, context: YamlError.Context?, mark: Mark, in text: String) {
        let line = SourceLines(text)[mark.line]
        let before = line.prefix(mark.column - 1)
        let position = map.position(line: mark.line, column: mark.column)
        if problem.contains("Maximum nesting level") {
            diagnostics.error(at: position, "the document nests deeper than \(Self.maximumDepth) levels", rule: .syntax)
            return
        }
        if line.dropFirst(before.count).first == "\t" || before.contains("\t"), problem.contains("token") {
            diagnostics.error(at: position, "a tab cannot indent YAML", hint: "use spaces", rule: .syntax)
            return
        }
        var message = "YAML syntax: \(problem)"
        if let context, !context.text.isEmpty {
            message += " \(context.text) that starts at line \(map.position(line: context.mark.line, column: 1).line)"
        }
        let source = String(String.UnicodeScalarView(line))
        let hint: String? =
            if source.contains("{{"), !source.contains("\"{{"), !source.contains("'{{") {
                "a text that starts with {{ must be quoted: '{{ name }}'"
            } else if problem.contains("mapping values are not allowed") {
                "a text with ': ' in it must be quoted, and keys of one mapping start in one column"
            } else if problem.contains("undefined alias") {
                "a text that starts with * must be quoted"
            } else if problem.contains("another document") {
                "one file holds one document: take out the '---'"
            } else {
                nil
            }
        diagnostics.error(at: position, message, hint: hint, rule: .syntax)
    }

    /// The parser names the first of the equal keys; the second one is what has to go.
    private func reportDuplicates(_ keys: [String], first mark: Mark, in text: String) {
        let lines = SourceLines(text)
        for (index, key) in keys.enumerated() {
            let repeated = index == 0 ? lines.repetition(of: key, line: mark.line, column: mark.column) : nil
            let position = map.position(line: repeated ?? mark.line, column: mark.column)
            let firstLine = map.position(line: mark.line, column: mark.column).line
            diagnostics.error(
                at: position, "the key '\(key)' stands twice in one mapping",
                hint: repeated == nil ? nil : "it is first on line \(firstLine)", rule: .syntax)
        }
    }
}
