import Testing

@testable import Documents

@Suite("Diagnostics")
struct DiagnosticsTests {
    private func place(_ line: Int, _ column: Int = 1, file: String = "a") -> SourcePosition {
        SourcePosition(file: file, line: line, column: column)
    }

    @Test("come in the order of files, lines and columns, each once")
    func order() {
        let diagnostics = Diagnostics()
        diagnostics.warning(at: place(3), "third")
        diagnostics.error(at: place(1, 2), "second")
        diagnostics.error(at: place(1), "first", hint: "do")
        diagnostics.error(at: place(1), "first", hint: "do")
        diagnostics.error(at: place(1, file: "b"), "last")
        #expect(
            diagnostics.sorted.map(\.description) == [
                "a:1:1: error: first (do)", "a:1:2: error: second", "a:3:1: warning: third", "b:1:1: error: last",
            ])
    }

    @Test("do not show secrets, the longest first")
    func secrets() {
        let diagnostics = Diagnostics()
        for secret in ["pass", "password", ""] { diagnostics.hide(secret) }
        diagnostics.error(at: place(1), "the password is pass", hint: "not pass")
        #expect(diagnostics.sorted.map(\.description) == ["a:1:1: error: the **** is **** (not ****)"])
    }

    @Test("stop at a bound, and say so")
    func bound() {
        let diagnostics = Diagnostics()
        for line in 1...(Diagnostics.limit + 5) { diagnostics.warning(at: place(line), "x") }
        #expect(!diagnostics.hasErrors)
        #expect(diagnostics.sorted.count == Diagnostics.limit + 1)
        #expect(diagnostics.sorted.last?.message == "5 more problems are not shown")
        diagnostics.error(at: place(1), "late")
        #expect(diagnostics.hasErrors)
        #expect(diagnostics.sorted.last?.severity == .error)
    }

    @Test(
        "suggest what was probably meant",
        arguments: [
            ("commnds", "commands"), ("Commands", "commands"), ("comands", "commands"), ("ocmmands", "commands"),
            ("inputs", "inputs"), ("inptus", "inputs"), ("xyz", nil), ("a", nil), ("", nil), ("commandsandmore", nil),
        ])
    func nearest(_ word: String, _ expected: String?) {
        #expect(Suggestion.nearest(to: word, in: ["commands", "inputs", "b"]) == expected)
    }
}
