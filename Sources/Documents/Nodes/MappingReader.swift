/// Decodes a mapping against a closed schema: what is asked for is known, everything else in it is reported.
final class MappingReader {
    let node: DocumentNode
    /// How messages call the mapping: `the step 'install'`.
    let subject: String
    let values: ValueReader
    private let entries: [String: DocumentNode.Entry]
    private var known: [String] = []

    /// Nil, after a diagnostic, if the node is no mapping.
    init?(_ node: DocumentNode, _ subject: String, _ values: ValueReader) {
        guard case .mapping(let entries) = node.value else {
            if !node.isUnresolved { values.mismatch(node, subject, "a mapping") }
            return nil
        }
        self.node = node
        self.subject = subject
        self.values = values
        self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
    }

    var diagnostics: Diagnostics { values.diagnostics }

    /// A key as the document spells it.
    func spelled(_ key: String) -> String { values.keys.spelled(key) }

    private func what(_ key: String) -> String { "'\(spelled(key))' of \(subject)" }

    /// The value of a key, nil if it is absent or empty; a required one that is absent is reported.
    func value(_ key: String, required: Bool = false) -> DocumentNode? {
        let key = spelled(key)
        known.append(key)
        guard let entry = entries[key] else {
            if required { diagnostics.error(at: node.position, "\(subject) needs '\(key)'") }
            return nil
        }
        guard entry.value.isNull else { return entry.value }
        if required || values.refusesNull {
            diagnostics.error(at: entry.keyPosition, "'\(key)' of \(subject) has no value")
        }
        return nil
    }

    func has(_ key: String) -> Bool { entries[spelled(key)] != nil }

    func keyPosition(_ key: String) -> SourcePosition { entries[spelled(key)]?.keyPosition ?? node.position }

    /// Names keys that are valid and not needed.
    func skip(_ keys: String...) { skip(keys) }

    func skip(_ keys: [String]) { known += keys.map(spelled) }

    func string(_ key: String, required: Bool = false) -> String? {
        value(key, required: required).flatMap { values.string($0, what(key)) }
    }

    func positionedString(_ key: String, required: Bool = false) -> Positioned<String>? {
        guard let node = value(key, required: required) else { return nil }
        return values.string(node, what(key)).map { Positioned($0, at: node.position) }
    }

    func int(_ key: String, required: Bool = false, in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        value(key, required: required).flatMap { values.int($0, what(key), in: range) }
    }

    func bool(_ key: String, required: Bool = false) -> Bool? {
        value(key, required: required).flatMap { values.bool($0, what(key)) }
    }

    func choice<Choice: CaseIterable & RawRepresentable>(
        _ key: String, _ type: Choice.Type = Choice.self, required: Bool = false
    ) -> Choice? where Choice.RawValue == String {
        value(key, required: required).flatMap { values.choice($0, what(key)) }
    }

    /// The elements of a list; nil if absent or no list.
    func list(_ key: String, required: Bool = false) -> [DocumentNode]? {
        value(key, required: required).flatMap { values.list($0, what(key)) }
    }

    /// Nil, too, where one of them is not known: how many there are is not either.
    func strings(_ key: String, required: Bool = false) -> [String]? {
        guard let nodes = list(key, required: required), !nodes.contains(where: \.isUnresolved) else { return nil }
        return nodes.compactMap { values.string($0, "an element of '\(spelled(key))'") }
    }

    /// A mapping of texts, such as tags.
    func texts(_ key: String) -> [String: String] {
        guard let node = value(key), !node.isUnresolved else { return [:] }
        guard let entries = node.entries else {
            values.mismatch(node, what(key), "a mapping")
            return [:]
        }
        var result: [String: String] = [:]
        for entry in entries {
            result[entry.key] = values.string(entry.value, "'\(entry.key)' of '\(spelled(key))'")
        }
        return result
    }

    /// A mapping with a schema of its own.
    ///
    /// - Parameter adapt: changes it before it is read.
    func mapping<Result>(
        _ key: String, required: Bool = false, adapt: (DocumentNode) -> DocumentNode = { $0 },
        _ read: (MappingReader) -> Result?
    ) -> Result? {
        guard let node = value(key, required: required),
            let reader = MappingReader(adapt(node), what(key), values)
        else { return nil }
        let result = read(reader)
        reader.finish()
        return result
    }

    /// A list of mappings with a schema of their own.
    func mappings<Result>(
        _ key: String, of subject: String, required: Bool = false, _ read: (MappingReader) -> Result?
    ) -> [Result] {
        (list(key, required: required) ?? []).compactMap { node in
            guard let reader = MappingReader(node, subject, values) else { return nil }
            let result = read(reader)
            reader.finish()
            return result
        }
    }

    /// Reports the keys nobody asked for.
    ///
    /// - Parameter severity: a warning where whoever else reads the document passes over them.
    func finish(as severity: Diagnostic.Severity = .error) {
        for entry in entries.values where !known.contains(entry.key) {
            let message = "unknown key '\(entry.key)' in \(subject)"
            let hint = Suggestion.hint(for: entry.key, in: known)
            switch severity {
            case .error: diagnostics.error(at: entry.keyPosition, message, hint: hint)
            case .warning: diagnostics.warning(at: entry.keyPosition, message, hint: hint)
            }
        }
    }
}
