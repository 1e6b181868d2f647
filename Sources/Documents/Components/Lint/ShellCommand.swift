/// One simple command of a shell script: its words without quotes, and how it is joined to its neighbours.
struct ShellCommand {
    /// Assignments before the command apart; never empty.
    var words: [String]
    /// Whether `sudo` stood before it, to run as root.
    var usesSudo = false
    /// Where the command begins in the script's text.
    var start: String.Index
    /// Whether it reads what the command before it prints.
    var isPiped = false
    /// Whether its failure is looked at: it is the condition of an `if` or a loop, or `&&` or `||` follows.
    var isChecked = false
    /// Whether another command follows it in the script that does not depend on it.
    var isFollowed = false

    var name: String { words[0].split(separator: "/").last.map(String.init) ?? words[0] }

    /// The words after the name that are no options.
    var operands: [String] { words.dropFirst().filter { !$0.hasPrefix("-") } }

    func has(_ options: String...) -> Bool {
        words.contains { options.contains($0) }
    }

    /// Whether a letter is among the short options, as `y` is in `-qy`.
    func hasFlag(_ letter: Character) -> Bool {
        words.dropFirst().contains { word in
            word.hasPrefix("-") && !word.hasPrefix("--") && word.count < 9 && word.contains(letter)
                && word.dropFirst().allSatisfy { $0.isASCII && $0.isLetter }
        }
    }
}
