/// Splits a script into its commands, one scalar after the other.
struct ShellReader {
    private let text: String.UnicodeScalarView
    private var index: String.Index
    private(set) var commands: [ShellCommand] = []
    private var words: [(text: String, start: String.Index)] = []
    private var word = ""
    private var wordStart: String.Index?
    private var isPiped = false
    /// The ends of the here documents that begin on this line.
    private var hereDocuments: [String] = []

    init(_ text: String) {
        self.text = text.unicodeScalars
        index = text.startIndex
    }

    mutating func run() {
        while index < text.endIndex {
            step()
        }
        endCommand(joinedBy: nil)
    }

    private var next: Unicode.Scalar? {
        let after = text.index(after: index)
        return after < text.endIndex ? text[after] : nil
    }

    private mutating func step() {
        let scalar = text[index]
        switch scalar {
        case "\\":
            // A line that goes on; any other escaped scalar is itself.
            if let next {
                index = text.index(after: index)
                if next != "\n" { append(next) }
            }
        case "'", "\"": quoted(by: scalar)
        case "#" where wordStart == nil:
            while index < text.endIndex, text[index] != "\n" { index = text.index(after: index) }
            return
        case " ", "\t": endWord()
        case "\n":
            endCommand(joinedBy: "\n")
            index = text.index(after: index)
            skipHereDocuments()
            return
        case ";", "(", ")": endCommand(joinedBy: ";")
        case "&", "|": join(scalar)
        case "<" where next == "<": hereDocument()
        case "$" where next == "(", "`": substitution(scalar)
        case "$" where next == "{":
            append(scalar)
        default: append(scalar)
        }
        if index < text.endIndex { index = text.index(after: index) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if wordStart == nil { wordStart = index }
        word.unicodeScalars.append(scalar)
    }

    private mutating func quoted(by quote: Unicode.Scalar) {
        if wordStart == nil { wordStart = index }
        index = text.index(after: index)
        while index < text.endIndex, text[index] != quote {
            if text[index] == "\\", quote == "\"", next != nil { index = text.index(after: index) }
            append(text[index])
            index = text.index(after: index)
        }
    }

    /// A command inside of a word stays a part of the word.
    private mutating func substitution(_ opening: Unicode.Scalar) {
        append(opening)
        index = text.index(after: index)
        var depth = opening == "`" ? 1 : 0
        while index < text.endIndex {
            let scalar = text[index]
            append(scalar)
            if opening == "`", scalar == "`" { return }
            if opening == "$", scalar == "(" { depth += 1 }
            if opening == "$", scalar == ")" {
                depth -= 1
                if depth == 0 { return }
            }
            index = text.index(after: index)
        }
    }

    private mutating func join(_ scalar: Unicode.Scalar) {
        // `2>&1` and `&>file` join nothing.
        if scalar == "&", word.hasSuffix(">") || word.hasSuffix("<") || next == ">" { return append(scalar) }
        guard next == scalar else { return endCommand(joinedBy: scalar == "|" ? "|" : ";") }
        index = text.index(after: index)
        endCommand(joinedBy: scalar == "&" ? "&&" : "||")
    }

    private mutating func hereDocument() {
        var rest = text[text.index(index, offsetBy: 2)...]
        // `<<<` is a text, `$((1<<2))` a number.
        if rest.first == "<" {
            index = text.index(after: text.index(after: index))
            return
        }
        if rest.first == "-" { rest = rest.dropFirst() }
        rest = rest.drop { $0 == " " }
        let delimiter = rest.prefix { !" \t\n;|&)>".unicodeScalars.contains($0) }
        let name = String(String.UnicodeScalarView(delimiter.filter { !"'\"\\".unicodeScalars.contains($0) }))
        if let first = name.unicodeScalars.first, first.properties.isAlphabetic || first == "_" {
            hereDocuments.append(name)
        }
        endWord()
        index = delimiter.isEmpty ? text.index(after: index) : text.index(before: delimiter.endIndex)
    }

    private mutating func skipHereDocuments() {
        for name in hereDocuments {
            while index < text.endIndex {
                let line = text[index...].prefix { $0 != "\n" }
                index = line.endIndex < text.endIndex ? text.index(after: line.endIndex) : text.endIndex
                if String(Substring(line)).trimmingBlanksAtStart == name { break }
            }
        }
        hereDocuments = []
    }

    private mutating func endWord() {
        if let wordStart { words.append((word, wordStart)) }
        word = ""
        wordStart = nil
    }

    private mutating func endCommand(joinedBy joint: String?) {
        endWord()
        defer { words = [] }
        guard var command = Self.command(words) else { return }
        command.isPiped = isPiped
        command.isChecked = command.isChecked || joint == "&&" || joint == "||"
        isPiped = joint == "|"
        if !command.isPiped {
            for earlier in commands.indices where !commands[earlier].isFollowed { commands[earlier].isFollowed = true }
        }
        commands.append(command)
    }
}

extension String {
    /// Here documents may be moved in by tabs, and fixtures by blanks.
    fileprivate var trimmingBlanksAtStart: Substring { drop { $0 == "\t" || $0 == " " } }
}
