import Documents
import Testing

@Suite("Loops and conditions")
struct LoopAndConditionTests {
    private func step(_ lines: String) throws -> ComponentStep {
        let text = """
            schemaVersion: 1.0
            parameters: [{Words: {type: string}}]
            phases: [{name: build, steps: [{name: A, action: Reboot, \(lines)}]}]
            """
        return try ComponentDocument.parse(text: text, file: "c.yaml").phases[0].steps[0]
    }

    private func values(_ loop: String, words: String = "") throws -> [String] {
        try #require(try step("loop: \(loop)").loop).evaluate { _ in words }
    }

    @Test("a range goes up or down to its end, or as near as its step leads")
    func range() throws {
        #expect(try values("{for: {start: 1, end: 4, updateBy: 1}}") == ["1", "2", "3", "4"])
        #expect(try values("{for: {start: 10, end: 1, updateBy: -4}}") == ["10", "6", "2"])
        #expect(try values("{for: {start: 5, end: 5, updateBy: -1}}") == ["5"])
    }

    @Test("lists and texts give their values once they are known")
    func each() throws {
        #expect(try values("{forEach: [a, '{{ Words }}', 'x{{ Words }}']}", words: "b,c") == ["a", "b,c", "xb,c"])
        #expect(try values("{forEach: {list: '{{ Words }}'}}", words: "a,,b") == ["a", "", "b"])
        #expect(try values(#"{forEach: {list: '{{ Words }}', delimiter: "\n"}}"#, words: "a\r\nb\n") == ["a\r", "b"])
        #expect(try values("{forEach: {list: '{{ Words }}', delimiter: ' '}}", words: "a b") == ["a", "b"])
        #expect(try values("{forEach: {list: '{{ Words }}'}}", words: "") == [])
    }

    @Test("an 'if' runs the step or skips it unless it says otherwise")
    func branches() throws {
        let plain = try #require(try step("if: {fileExists: /a}").condition)
        #expect(plain.then == .execute)
        #expect(plain.else == .skip)
        let told = try #require(try step("if: {fileExists: /a, then: Abort, else: Execute}").condition)
        #expect(told.then == .abort)
        #expect(told.else == .execute)
    }

    @Test("a condition keeps its operators, their order and what they compare")
    func tree() throws {
        let condition = try #require(
            try step("if: {and: [{not: {binaryExists: unzip}}, {numberLessThan: 2, value: '{{ Words }}'}]}").condition)
        guard case .and(let parts) = condition.condition, parts.count == 2,
            case .not(.comparison(let binary)) = parts[0], case .comparison(let number) = parts[1]
        else {
            Issue.record("another tree")
            return
        }
        #expect(binary.operator == .binaryExists)
        #expect(binary.operand.source == "unzip")
        #expect(binary.subject == nil)
        #expect(number.operator == .numberLessThan)
        #expect(number.operand.source == "2")
        #expect(number.subject?.expressions.count == 1)
    }

    static let comparisons: [(ComparisonOperator, operand: String, subject: String, Bool?)] = [
        (.stringIsEmpty, "", "", true), (.stringIsEmpty, " ", "", false),
        (.stringIsWhitespace, "  ", "", true), (.stringIsWhitespace, "", "", false),
        (.stringIsWhitespace, " a", "", false),
        (.stringEquals, "Testing", "testing", true), (.stringEquals, "testing", " testing", false),
        (.stringEquals, "1", "1.0", false),
        (.stringLessThan, "b", "a", true), (.stringLessThan, "A", "a", false), (.stringLessThan, "a", "0", true),
        (.stringLessThan, "0", "a", false), (.stringLessThanEquals, "A", "a", true),
        (.stringGreaterThan, "a", "b", true), (.stringGreaterThan, "a", "A", false),
        (.stringGreaterThanEquals, "A", "a", true), (.stringGreaterThanEquals, "a", "0", false),
        (.numberEquals, "1", "1.0", true), (.numberEquals, "5.0", "5", true), (.numberEquals, "1", "a10", false),
        (.numberEquals, "0.1", "0.10", true), (.numberEquals, "1", "", false), (.numberEquals, "-1", "-1", true),
        (.numberEquals, "12345678901234567891", "12345678901234567890", false),
        (.numberLessThan, "2", "1.9", true), (.numberLessThan, "2", "2", false),
        (.numberLessThanEquals, "2", "2", true), (.numberLessThanEquals, "2", "2.1", false),
        (.numberGreaterThan, "1", "1.1", true), (.numberGreaterThan, "1", "1", false),
        (.numberGreaterThanEquals, "1", "1", true), (.numberGreaterThanEquals, "1", "0.8", false),
        (.patternMatches, "a", "a", nil), (.fileExists, "/", "", nil),
    ]

    @Test("texts compare without case and with their blanks, numbers by their value", arguments: comparisons)
    func comparison(_ comparison: ComparisonOperator, operand: String, subject: String, expected: Bool?) {
        #expect(comparison.holds(operand: operand, subject: subject) == expected)
    }

    @Test(
        "what counts as a number",
        arguments: [
            ("1", true), ("-1", true), ("+1.5", true), ("007", true), ("1.", false), (".5", false), ("1e3", false),
            ("", false), ("-", false), (" 1", false), ("1 ", false), ("0x1", false), ("١", false), ("1.2.3", false),
        ])
    func numbers(_ text: String, _ expected: Bool) {
        #expect(Condition.isNumber(text) == expected)
    }
}
