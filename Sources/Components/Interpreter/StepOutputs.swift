import Documents

/// What a step put out: one entry for each of its inputs where the module has a list of them, otherwise one.
///
/// `{{ build.a.outputs.stdout }}` is the first entry's, `{{ build.a.outputs[1].content }}` the second's.
struct StepOutputs: Codable, Sendable, Equatable {
    var entries: [[String: String]] = []

    init(_ entries: [[String: String]] = []) {
        self.entries = entries
    }

    init(of output: ActionOutput) {
        entries = output.entries.map { entry in
            var entry = entry
            // A program's last line end is no part of its value: `echo Hello` puts out "Hello" (user guide, chaining).
            entry["stdout"] = entry["stdout"]?.withoutLastLineEnd
            return entry
        }
        if entries.allSatisfy(\.isEmpty) { entries = [] }
    }

    /// The outputs of a loop: those of its iterations, joined by line ends key by key.
    static func joining(_ iterations: [StepOutputs]) -> StepOutputs {
        var joined: [[String: String]] = []
        for (place, outputs) in iterations.enumerated() {
            for (index, entry) in outputs.entries.enumerated() {
                if index == joined.count { joined.append([:]) }
                for (key, value) in entry {
                    joined[index][key] = place == 0 ? value : joined[index][key].map { "\($0)\n\(value)" } ?? value
                }
            }
        }
        return StepOutputs(joined)
    }

    /// The value at the end of a chaining expression's path.
    func value(at path: [ChainingExpression.PathElement]) -> String? {
        var index = 0
        if path.count == 2, case .index(let given) = path[0] { index = given }
        guard path.count == 1 || path.count == 2, case .key(let key)? = path.last, entries.indices.contains(index)
        else { return nil }
        if path.count == 2, case .key = path[0] { return nil }
        return entries[index][key]
    }
}

extension String {
    /// By scalars: CR LF is one character, and only one line end goes.
    var withoutLastLineEnd: String {
        var scalars = unicodeScalars[...]
        if scalars.last == "\n" {
            scalars.removeLast()
            if scalars.last == "\r" { scalars.removeLast() }
        }
        return String(scalars)
    }
}
