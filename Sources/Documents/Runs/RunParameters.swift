/// Values for the parameters of the documents of a run, from the places that give them.
public struct RunParameters: Sendable {
    /// For all documents.
    public let global: [RunConfiguration.Parameter]
    /// What to write to give one, for a hint: "--parameters NAME=VALUE".
    let form: String

    public init(global: [RunConfiguration.Parameter], form: String) {
        self.global = global
        self.form = form
    }

    /// The values that one document gets: its own, then those for all.
    ///
    /// - Parameter own: for this document alone.
    /// - Returns: the values by name, and what is wrong: a parameter that the document does not have, or one without a value.
    public func values(
        for document: ComponentDocument, own: [RunConfiguration.Parameter] = []
    ) -> (values: [String: String], problems: [Diagnostic]) {
        let names = document.parameters.map(\.name)
        var values: [String: String] = [:]
        var problems: [Diagnostic] = []
        for parameter in global where names.contains(parameter.name) { values[parameter.name] = parameter.value }
        for parameter in own {
            values[parameter.name] = parameter.value
            guard !names.contains(parameter.name) else { continue }
            problems.append(
                Diagnostic(
                    .error, at: parameter.position, "the document has no parameter '\(parameter.name)'",
                    hint: Suggestion.hint(for: parameter.name, in: names)))
        }
        for parameter in document.parameters where parameter.defaultValue == nil && values[parameter.name] == nil {
            problems.append(
                Diagnostic(
                    .error, at: parameter.position,
                    "the parameter '\(parameter.name)' has no default and is not given",
                    hint: form.replacing("NAME", with: parameter.name)))
        }
        return (values, problems)
    }

    /// Those for all documents that none has.
    public func unknown(to documents: [ComponentDocument]) -> [Diagnostic] {
        let names = Set(documents.flatMap { $0.parameters.map(\.name) }).sorted()
        return global.filter { !names.contains($0.name) }.map {
            Diagnostic(
                .error, at: $0.position, "no document has a parameter '\($0.name)'",
                hint: Suggestion.hint(for: $0.name, in: names))
        }
    }

    /// Reads what the runner's `--parameters` takes: `one=1,two=2`; `name=one,value=1,name=two,value=2` says the same, as the
    /// AWS CLI has it, unless a document has a parameter `name`. A piece without "=" goes on with the value before it, for
    /// values may have commas.
    ///
    /// - Returns: nil where the text is neither.
    public static func parse(
        _ text: String, for documents: [ComponentDocument]
    ) -> [RunConfiguration.Parameter]? {
        var pairs: [(name: String, value: String)] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let equals = piece.firstIndex(of: "="), equals > piece.startIndex {
                pairs.append((String(piece[..<equals]), String(piece[piece.index(after: equals)...])))
            } else if let last = pairs.indices.last {
                pairs[last].value += "," + piece
            } else {
                return nil
            }
        }
        let keys = pairs.map { $0.name.lowercased() }
        let isLong =
            !keys.isEmpty && keys.count % 2 == 0
            && keys.indices.allSatisfy { keys[$0] == ($0 % 2 == 0 ? "name" : "value") }
        if isLong, !documents.contains(where: { $0.parameters.contains { $0.name.lowercased() == "name" } }) {
            pairs = stride(from: 0, to: pairs.count, by: 2).map { (pairs[$0].value, pairs[$0 + 1].value) }
        }
        let position = SourcePosition.start(of: "--parameters")
        return pairs.map { RunConfiguration.Parameter(name: $0.name, value: $0.value, position: position) }
    }
}
