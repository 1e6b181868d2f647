/// Splits a script into its commands, one scalar after the other.
struct ShellReader {
    let text: String.UnicodeScalarView
    var index: String.Index
    private(set) var commands: [ShellCommand] = []
    var words: [(text: String, start: String.Index)] = []
    var word = ""
    var wordStart: String.Index?
    private var isPiped = false
    /// The first command of the pipeline that was read last.
    private var lastPipeline = 0
    private var subshells = 0
    /// Whether a name and `()` stood last, and how many braces are open since a function began.
    private var beginsFunction = false
    private var functionDepth = 0
    /// The ends of the here documents that begin on this line.
    var hereDocuments: [String] = []

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

    var next: Unicode.Scalar? {
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
        case ";": endCommand(joinedBy: ";")
        case "(", ")": parenthesis(scalar)
        case "&", "|": join(scalar)
        case "<" where next == "<": hereDocument()
        case "$" where next == "(", "`": substitution(scalar)
        default: append(scalar)
        }
        if index < text.endIndex { index = text.index(after: index) }
    }

    /// A subshell, the `()` of a function, or the end of a pattern of `case`.
    private mutating func parenthesis(_ scalar: Unicode.Scalar) {
        if scalar == "(", next == ")" {
            index = text.index(after: index)
            beginsFunction = true
            dropCommand()
        } else if scalar == "(" {
            subshells += 1
            endCommand(joinedBy: ";")
        } else if subshells > 0 {
            subshells -= 1
            endCommand(joinedBy: ";")
        } else {
            dropCommand()
        }
    }

    private mutating func dropCommand() {
        endWord()
        words = []
    }

    mutating func append(_ scalar: Unicode.Scalar) {
        if wordStart == nil { wordStart = index }
        word.unicodeScalars.append(scalar)
    }

    private mutating func join(_ scalar: Unicode.Scalar) {
        // `2>&1` and `&>file` join nothing.
        if scalar == "&", word.hasSuffix(">") || word.hasSuffix("<") || next == ">" { return append(scalar) }
        guard next == scalar else { return endCommand(joinedBy: scalar == "|" ? "|" : ";") }
        index = text.index(after: index)
        endCommand(joinedBy: scalar == "&" ? "&&" : "||")
    }

    mutating func endWord() {
        if let wordStart { words.append((word, wordStart)) }
        word = ""
        wordStart = nil
    }

    private mutating func noteFunction() {
        guard let first = words.first?.text else { return }
        if first == "function" {
            beginsFunction = true
            words = words.last?.text == "{" ? words.suffix(1) : []
        }
        switch words.first(where: { !["then", "else", "do"].contains($0.text) })?.text {
        case "{" where beginsFunction || functionDepth > 0: functionDepth += 1
        case "}" where functionDepth > 0: functionDepth -= 1
        default: break
        }
        if !words.isEmpty { beginsFunction = false }
    }

    private mutating func endCommand(joinedBy joint: String?) {
        endWord()
        defer { words = [] }
        noteFunction()
        guard var command = Self.command(words) else { return }
        command.isPiped = isPiped
        // What fails in a function is the function's matter.
        command.isChecked = command.isChecked || joint == "&&" || joint == "||" || functionDepth > 0
        isPiped = joint == "|"
        if !command.isPiped {
            for earlier in lastPipeline..<commands.count { commands[earlier].isFollowed = true }
            lastPipeline = commands.count
        }
        commands.append(command)
    }
}
