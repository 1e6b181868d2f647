import Failures
import Foundation
import HostSystem

/// A regular expression of `patternMatches`, found anywhere in a text.
///
/// The language's are RE2's; the host's engine knows all of that syntax but for the spellings changed here, and more, which
/// is refused. RE2 never takes long; this engine tries one way after the other and is given a time for it.
struct TextPattern: Sendable {
    private let pattern: String
    private let expression: NSRegularExpression

    static let timeLimit = Duration.seconds(5)

    /// - Throws: `ActionFailure` code `invalidInput`.
    init(_ pattern: String) throws(ActionFailure) {
        self.pattern = pattern
        if let foreign = Self.foreign(in: pattern) {
            throw ActionFailure(
                .invalidInput, "the regular expression '\(pattern)' has \(foreign)",
                hint: "patternMatches takes RE2 syntax, which has none")
        }
        let spelled = pattern.replacing("(?P<", with: "(?<").replacing("\\pN", with: "\\p{N}").replacing(
            "\\pL", with: "\\p{L}")
        do {
            expression = try NSRegularExpression(pattern: spelled)
        } catch {
            throw ActionFailure(
                .invalidInput, "'\(pattern)' is no regular expression", hint: "patternMatches takes RE2 syntax",
                cause: error)
        }
    }

    /// - Throws: `ActionFailure` code `invalidInput` where the search does not end within the limit.
    func matches(_ text: String, within limit: Duration = timeLimit) async throws(ActionFailure) -> Bool {
        try await offPool { () throws(ActionFailure) in try search(text, limit) }
    }

    private func search(_ text: String, _ limit: Duration) throws(ActionFailure) -> Bool {
        let end = ContinuousClock.now + limit
        var (isFound, isOver) = (false, false)
        // Progress is told every few thousand steps of the engine; a search that would need too much memory ends with an error.
        expression.enumerateMatches(
            in: text, options: [.reportProgress, .reportCompletion], range: NSRange(text.startIndex..., in: text)
        ) { result, flags, stop in
            isFound = isFound || result != nil
            isOver = isOver || flags.contains(.internalError) || (result == nil && ContinuousClock.now >= end)
            if isFound || isOver { stop.pointee = true }
        }
        guard isFound || !isOver else {
            throw ActionFailure(
                .invalidInput,
                "the regular expression '\(pattern)' takes too long, or too much memory, on a text of \(text.utf8.count) bytes",
                hint: "write no repetition within a repetition, as in (a+)+, and match less text")
        }
        return isFound
    }

    /// What the host's engine knows and RE2 does not.
    private static func foreign(in pattern: String) -> String? {
        var rest = Substring(pattern)
        var isClass = false
        while let letter = rest.popFirst() {
            switch letter {
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                if !isClass, ("1"..."9").contains(escaped) { return "a back-reference (\\\(escaped))" }
            case "[" where !isClass:
                isClass = true
                // A bracket that comes first is one of the class.
                if rest.first == "^" { rest.removeFirst() }
                if rest.first == "]" { rest.removeFirst() }
            case "[" where rest.first == ":":
                guard let close = rest.firstRange(of: ":]") else { return nil }
                rest = rest[close.upperBound...]
            case "]": isClass = false
            case "(" where !isClass:
                for group in ["?=", "?!", "?<=", "?<!"] where rest.hasPrefix(group) {
                    return "a look-around (\(group))"
                }
                if rest.hasPrefix("?>") { return "an atomic group (?>)" }
            case "*", "+", "?", "}":
                if !isClass, rest.first == "+" { return "a possessive repetition (\(letter)+)" }
            default: break
            }
        }
        return nil
    }
}
