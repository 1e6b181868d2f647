extension ShellReader {
    private static let conditions: Set<String> = ["if", "elif", "while", "until", "!"]
    private static let keywords: Set<String> = [
        "then", "else", "do", "{", "}", "time", "exec", "nohup", "command", "env",
    ]

    /// The words of a command without keywords, assignments and sudo before it.
    static func command(_ words: [(text: String, start: String.Index)]) -> ShellCommand? {
        var rest = words[...]
        var isChecked = false
        var usesSudo = false
        var changesUser = false
        while let first = rest.first {
            if conditions.contains(first.text) {
                isChecked = true
            } else if first.text == "sudo" {
                usesSudo = true
                while let option = rest.dropFirst().first, option.text.hasPrefix("-") {
                    let takesUser = option.text.hasSuffix("u") || option.text == "--user" || option.text == "-g"
                    changesUser = changesUser || takesUser || option.text.hasPrefix("--user=")
                    rest = rest.dropFirst(takesUser ? 2 : 1)
                }
            } else if !keywords.contains(first.text), !isAssignment(first.text) {
                break
            }
            rest = rest.dropFirst()
        }
        guard let first = rest.first, let start = words.first?.start, !first.text.isEmpty else { return nil }
        return ShellCommand(
            words: rest.map(\.text), usesSudo: usesSudo && !changesUser, start: start, isChecked: isChecked)
    }

    private static func isAssignment(_ word: String) -> Bool {
        guard let equals = word.firstIndex(of: "="), equals > word.startIndex else { return false }
        return word[..<equals].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
