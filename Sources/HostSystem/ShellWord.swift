/// A text as one word of a shell command (sh, and what understands it).
public enum ShellWord {
    public static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
