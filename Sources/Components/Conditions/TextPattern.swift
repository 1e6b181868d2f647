import Failures
import Foundation

/// A regular expression of `patternMatches`, found anywhere in a text.
///
/// The language's are RE2's; the host's engine knows all of that syntax but for the spellings changed here.
struct TextPattern {
    private let expression: NSRegularExpression

    /// - Throws: `ActionFailure` code `invalidInput`.
    init(_ pattern: String) throws(ActionFailure) {
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

    func matches(_ text: String) -> Bool {
        expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }
}
