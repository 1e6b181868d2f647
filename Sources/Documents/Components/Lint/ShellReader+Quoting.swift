extension ShellReader {
    mutating func quoted(by quote: Unicode.Scalar) {
        if wordStart == nil { wordStart = index }
        index = text.index(after: index)
        while index < text.endIndex, text[index] != quote {
            if text[index] == "\\", quote == "\"", next != nil { index = text.index(after: index) }
            append(text[index])
            index = text.index(after: index)
        }
    }

    /// A command inside of a word stays a part of the word.
    mutating func substitution(_ opening: Unicode.Scalar) {
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

    mutating func hereDocument() {
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

    mutating func skipHereDocuments() {
        for name in hereDocuments {
            while index < text.endIndex {
                let line = text[index...].prefix { $0 != "\n" }
                index = line.endIndex < text.endIndex ? text.index(after: line.endIndex) : text.endIndex
                if String(Substring(line)).trimmingBlanksAtStart == name { break }
            }
        }
        hereDocuments = []
    }
}

extension String {
    /// Here documents may be moved in by tabs, and fixtures by blanks.
    fileprivate var trimmingBlanksAtStart: Substring { drop { $0 == "\t" || $0 == " " } }
}
