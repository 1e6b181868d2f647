import Documents
import SeededNumbers
import Testing

/// What holds for every text, tried on many that are made up from the language's own pieces.
@Suite("Properties of expressions")
struct ExpressionPropertyTests {
    private static let pieces = [
        "{{", "}}", "{", "}", " ", "\n", "\r\n", ".", "[0]", "[12]", "[", "]", "loop", "index", "value", "build",
        "inputs",
        "outputs", "stdout", "aws:ssm:", "resolve(", ")", "Name", "ä", "👩‍👩‍👧", "e\u{301}", "\"", "'", "\\", "-", "_",
        "99999999999999999999",
    ]

    private static func text(_ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...24, using: &generator)).map { _ in
            pieces.randomElement(using: &generator) ?? ""
        }.joined()
    }

    private static func random(_ count: Int, seed: UInt64, _ body: (String) throws -> Void) rethrows {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<count { try body(text(&generator)) }
    }

    @Test("the parts of a text put together are the text, blanks inside of braces apart")
    func roundTrip() {
        Self.random(3000, seed: 1) { text in
            let interpolation = Interpolation(text)
            #expect(interpolation.source == text)
            var rest = text[...]
            for part in interpolation.parts {
                switch part {
                case .literal(let literal):
                    #expect(rest.unicodeScalars.starts(with: literal.unicodeScalars), "\(text.debugDescription)")
                    rest = Substring(rest.unicodeScalars.dropFirst(literal.unicodeScalars.count))
                case .expression(let expression):
                    #expect(rest.hasPrefix("{{"), "\(text.debugDescription)")
                    #expect(rest.contains(expression.text))
                    guard let close = rest.firstRange(of: "}}") else {
                        Issue.record("no end in \(text.debugDescription)")
                        return
                    }
                    rest = rest[close.upperBound...]
                }
            }
            #expect(rest.isEmpty, "\(text.debugDescription)")
        }
    }

    @Test("an expression read from what it is written as is the same expression")
    func reparse() {
        Self.random(3000, seed: 2) { text in
            for expression in Interpolation(text).expressions {
                let again = Interpolation("{{\(expression.text)}}").expressions
                #expect(again.map(\.reference) == [expression.reference], "\(text.debugDescription)")
            }
        }
    }

    @Test("a text whose expressions have no value reads the same the second time")
    func idempotent() {
        Self.random(3000, seed: 3) { text in
            let once = Interpolation(text).evaluate { _ in nil }
            #expect(Interpolation(once).evaluate { _ in nil } == once, "\(text.debugDescription)")
        }
    }

    @Test("random bytes are read as a document or refused, nothing else")
    func bytes() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            var set = DocumentSet()
            set.add(bytes: bytes, file: "f")
            #expect(!set.diagnostics.isEmpty)
        }
    }

    @Test("random scalars under every key of a step are read or refused")
    func steps() {
        Self.random(500, seed: 5) { text in
            let quoted = "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
            for key in ["name", "action", "inputs", "loop", "if", "timeoutSeconds", "onFailure"] {
                let document =
                    "schemaVersion: 1.0\nphases: [{name: build, steps: [{\(key): \(quoted), "
                    + "\(key == "action" ? "name: a" : "action: Assert")}]}]"
                var set = DocumentSet()
                set.add(text: document, file: "f")
                _ = set.validate(strict: true)
            }
        }
    }
}
