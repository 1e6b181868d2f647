/// Reads single values as what a schema expects, and reports what they are instead.
struct ValueReader {
    let diagnostics: Diagnostics
    /// CloudFormation converts between texts, numbers and booleans; the component language does not.
    let convertsTexts: Bool
    /// CloudFormation has no null.
    let refusesNull: Bool
    /// How the keys that a schema names are spelled in the document.
    var keys = KeyStyle.asNamed

    static func component(_ diagnostics: Diagnostics) -> ValueReader {
        ValueReader(diagnostics: diagnostics, convertsTexts: false, refusesNull: false)
    }

    static func template(_ diagnostics: Diagnostics) -> ValueReader {
        ValueReader(diagnostics: diagnostics, convertsTexts: true, refusesNull: true)
    }

    /// The same resources as the AWS API takes them.
    static func commandInput(_ diagnostics: Diagnostics) -> ValueReader {
        ValueReader(diagnostics: diagnostics, convertsTexts: false, refusesNull: false, keys: .api)
    }

    func mismatch(_ node: DocumentNode, _ what: String, _ expected: String) {
        diagnostics.error(at: node.position, "\(what) must be \(expected), found \(node.kind)")
    }

    /// Any scalar, as it is written.
    func string(_ node: DocumentNode, _ what: String) -> String? {
        if node.isUnresolved { return nil }
        guard let text = node.text, !node.isNull else {
            mismatch(node, what, "a text")
            return nil
        }
        return text
    }

    func int(_ node: DocumentNode, _ what: String, in range: ClosedRange<Int>) -> Int? {
        if node.isUnresolved { return nil }
        var number = node.int
        if number == nil, convertsTexts, case .string(let text) = node.value { number = Int(text) }
        guard let number else {
            mismatch(node, what, "a whole number")
            return nil
        }
        guard range.contains(number) else {
            let bounds =
                switch (range.lowerBound, range.upperBound) {
                case (Int.min, let most): "at most \(most)"
                case (let least, Int.max): "at least \(least)"
                case (let least, let most): "from \(least) to \(most)"
                }
            diagnostics.error(at: node.position, "\(what) must be \(bounds), found \(number)")
            return nil
        }
        return number
    }

    func bool(_ node: DocumentNode, _ what: String) -> Bool? {
        if node.isUnresolved { return nil }
        if let bool = node.bool { return bool }
        if convertsTexts, case .string(let text) = node.value {
            if text.lowercased() == "true" { return true }
            if text.lowercased() == "false" { return false }
        }
        mismatch(node, what, "true or false")
        return nil
    }

    func choice<Choice: CaseIterable & RawRepresentable>(_ node: DocumentNode, _ what: String) -> Choice?
    where Choice.RawValue == String {
        guard let text = string(node, what) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let choices = Choice.allCases.map(\.rawValue)
        let near = Suggestion.nearest(to: text, in: choices)
        diagnostics.error(
            at: node.position, "\(what) must be \(Suggestion.oneOf(choices)), found '\(text)'",
            hint: near.map { "did you mean '\($0)'?" })
        return nil
    }

    func list(_ node: DocumentNode, _ what: String) -> [DocumentNode]? {
        if node.isUnresolved { return nil }
        guard let elements = node.elements else {
            mismatch(node, what, "a list")
            return nil
        }
        return elements
    }
}
