/// A reading of a shell script that is good enough to look for slips: commands, words, quotes, comments and here
/// documents, no expansion. What it does not understand it passes over.
struct ShellScript {
    let commands: [ShellCommand]

    init(_ text: String) {
        var reader = ShellReader(text)
        reader.run()
        commands = reader.commands
    }

    /// Whether a failing command ends the script, as far as the script says so.
    var stopsAtFailure: Bool {
        commands.contains { command in
            switch command.name {
            case "set": command.hasFlag("e") || command.words.contains("errexit")
            case "trap": command.words.contains("ERR")
            default: false
            }
        }
    }
}
