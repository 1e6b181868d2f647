import Documents
import Failures
import Testing

@testable import Components

@Suite("Conditions") struct ConditionTests {
    /// The condition of a document's one step.
    static func condition(_ yaml: String) throws -> Condition {
        let text = document("- {name: a, action: Assert, inputs: \(yaml)}")
        let step = try ComponentDocument.parse(text: text, file: "t").phases[0].steps[0]
        return try #require(step.assertion)
    }

    private func holds(_ yaml: String, _ answer: @escaping (GuestProbe) throws(ActionFailure) -> Bool = { _ in false })
        async throws -> Bool
    {
        let evaluator = ConditionEvaluator { (text) throws(ActionFailure) in
            text.source
        } probe: { (probe) async throws(ActionFailure) in
            try answer(probe)
        }
        return try await evaluator.holds(try Self.condition(yaml))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var yaml: String
        var holds: Bool
        var testDescription: String { "\(yaml) → \(holds)" }
        init(_ yaml: String, _ holds: Bool) { (self.yaml, self.holds) = (yaml, holds) }
    }

    static let texts = [
        Case("{stringEquals: Abc, value: aBC}", true), Case("{stringEquals: 'abc', value: ' abc'}", false),
        Case("{stringEquals: 'a ', value: a}", false), Case("{stringEquals: Ä, value: ä}", true),
        Case("{stringEquals: '', value: ''}", true), Case("{stringIsEmpty: ''}", true),
        Case("{stringIsEmpty: ' '}", false),
        Case("{stringIsWhitespace: \" \\t\"}", true), Case("{stringIsWhitespace: ''}", false),
        Case("{stringIsWhitespace: ' x'}", false),
        Case("{stringLessThan: b, value: A}", true), Case("{stringLessThan: B, value: b}", false),
        Case("{stringLessThan: a, value: ''}", true), Case("{stringLessThanEquals: B, value: b}", true),
        Case("{stringGreaterThan: a, value: B}", true), Case("{stringGreaterThan: '10', value: '9'}", true),
        Case("{stringGreaterThanEquals: b, value: a}", false), Case("{stringGreaterThanEquals: B, value: b}", true),
        Case("{patternMatches: '^v[0-9]+\\.[0-9]+', value: v1.2-rc}", true),
        Case("{patternMatches: 'b+', value: aBBa}", false),
        Case("{patternMatches: '(?i)b+', value: aBBa}", true), Case("{patternMatches: '(?P<n>\\pN)', value: x5}", true),
    ]

    static let numbers = [
        Case("{numberEquals: 1, value: '1.0'}", true), Case("{numberEquals: '+01', value: 1}", true),
        Case("{numberEquals: 0, value: '-0.00'}", true), Case("{numberEquals: 1, value: one}", false),
        Case("{numberEquals: 1, value: ''}", false), Case("{numberEquals: 1, value: ' 1'}", false),
        Case("{numberLessThan: 2, value: 1}", true), Case("{numberLessThan: 2, value: 2}", false),
        Case("{numberLessThan: -1, value: -2}", true), Case("{numberLessThan: 1, value: -5}", true),
        Case("{numberLessThanEquals: 2.50, value: 2.5}", true), Case("{numberGreaterThan: 9, value: '10'}", true),
        Case("{numberGreaterThan: 9007199254740992, value: '9007199254740993'}", true),
        Case("{numberGreaterThan: 0.1, value: '0.1000000000000000000001'}", true),
        Case("{numberGreaterThanEquals: 3, value: '2.999'}", false), Case("{numberGreaterThan: 1, value: 1e5}", false),
        Case("{not: {numberEquals: 1, value: one}}", true),
    ]

    static let logic = [
        Case("{and: [{stringEquals: a, value: a}, {stringEquals: b, value: b}]}", true),
        Case("{and: [{stringEquals: a, value: a}, {stringEquals: b, value: c}]}", false),
        Case("{or: [{stringEquals: a, value: b}, {not: {stringIsEmpty: x}}]}", true),
        Case("{or: [{stringEquals: a, value: b}, {stringIsEmpty: x}]}", false),
        Case("{not: {or: [{stringIsEmpty: x}, {and: [{stringIsEmpty: ''}, {stringIsEmpty: x}]}]}}", true),
    ]

    @Test("Every operator says what the user guide says", arguments: texts + numbers + logic)
    func operators(_ given: Case) async throws {
        #expect(try await holds(given.yaml) == given.holds)
    }

    @Test(
        "and, or stop at the condition that decides",
        arguments: [
            Case("{and: [{fileExists: /no}, {fileExists: /never}]}", false),
            Case("{or: [{folderExists: /yes}, {binaryExists: never}]}", true),
        ])
    func shortCircuit(_ given: Case) async throws {
        let answer = try await holds(given.yaml) { (probe) throws(ActionFailure) in
            switch probe {
            case .folder("/yes"): return true
            case .file("/no"): return false
            default: throw ActionFailure(.fileError, "asked for \(probe)")
            }
        }
        #expect(answer == given.holds)
    }

    @Test("What is asked of the guest is the operator's own value, and of hashes the path beside it")
    func probes() async throws {
        let sum = String(repeating: "aB", count: 16)
        var expected: [(String, GuestProbe)] = [
            ("{binaryExists: git}", .binary("git")), ("{fileExists: /etc/x}", .file("/etc/x")),
            ("{folderExists: /etc}", .folder("/etc")),
            ("{fileMD5Equals: \(sum), path: /f}", .digest(.md5, path: "/f", sum)),
        ]
        for (name, kind) in [("SHA1", FileDigest.Kind.sha1), ("SHA256", .sha256), ("SHA512", .sha512)] {
            let hash = String(repeating: "c", count: kind.digits)
            expected.append(("{file\(name)Equals: \(hash), path: /f}", .digest(kind, path: "/f", hash)))
        }
        for (yaml, probe) in expected {
            #expect(try await holds(yaml) { $0 == probe }, "\(yaml)")
        }
    }

    @Test("On a guest: files are no folders, folders no files, programs are looked for in PATH, hashes have any case")
    func onGuest() async throws {
        let harness = Harness()
        let sum = "0a" + String(repeating: "0", count: 30)
        let result = try await harness.run(
            document(
                bash("make", "append /tmp/f 0a")
                    + """
                    - {name: a, action: Assert, inputs: {and: [{fileExists: f}, {not: {folderExists: /tmp/f}}, {folderExists: /etc}]}}
                    - {name: b, action: Assert, inputs: {and: [{binaryExists: bash}, {not: {binaryExists: dnf}}]}}
                    - {name: c, action: Assert, inputs: {fileMD5Equals: \(sum.uppercased()), path: /tmp/f}}
                    - {name: d, action: Assert, inputs: {not: {fileMD5Equals: \(sum), path: /tmp/none}}}
                    """))
        #expect(result.steps.map(\.status) == Array(repeating: .success, count: 5))
    }

    @Test("A pattern that tries too many ways is an error within its time, and not a hang")
    func hostilePattern() async throws {
        let text = String(repeating: "a", count: 60) + "!"
        let start = ContinuousClock.now
        for hostile in ["^(a+)+$", "^(a|aa)+$", "(a*)*b"] {
            let pattern = try TextPattern(hostile)
            let error = await #expect(throws: ActionFailure.self) {
                try await pattern.matches(text, within: .milliseconds(300))
            }
            #expect(error?.code == .invalidInput && error?.message.contains("takes too long") == true, "\(hostile)")
        }
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(try await TextPattern("^(a+)+$").matches("aaa"))
        let long = String(repeating: "x", count: 1 << 16) + "end"
        #expect(try await TextPattern("x+end$").matches(long))
    }

    @Test(
        "Syntax that RE2 does not have is refused, what only looks like it is not",
        arguments: [
            ("(?=a)", false), ("(?!a)", false), ("(?<=a)b", false), ("(?<!a)b", false), ("(a)\\1", false),
            ("(?>a)", false), ("a++", false), ("a{2}+", false), ("(?i)(?:a)(?P<n>b)", true), ("\\\\1", true),
            ("[(?=]", true), ("[]+]+", true), ("\\(?=", true), ("[[:alpha:]+]+", true), ("[^]]+?", true),
        ])
    func syntax(pattern: String, isRE2: Bool) {
        #expect(((try? TextPattern(pattern)) != nil) == isRE2)
    }

    struct Branch: Sendable, CustomTestStringConvertible {
        var rule: String
        var status: StepRecord.Status
        var ran: Bool
        var testDescription: String { rule }
        init(_ rule: String, _ status: StepRecord.Status, _ ran: Bool) {
            (self.rule, self.status, self.ran) = (rule, status, ran)
        }
    }

    @Test(
        "then and else run, skip or fail the step",
        arguments: [
            Branch("{stringIsEmpty: ''}", .success, true), Branch("{stringIsEmpty: x}", .skipped, false),
            Branch("{stringIsEmpty: '', then: Skip}", .skipped, false),
            Branch("{stringIsEmpty: '', then: Abort}", .failed, false),
            Branch("{stringIsEmpty: x, else: Execute}", .success, true),
            Branch("{stringIsEmpty: x, else: Abort}", .failed, false),
            Branch("{stringIsEmpty: '', then: Execute, else: Abort}", .success, true),
            Branch("{patternMatches: '(', value: x}", .failed, false),
        ])
    func branches(_ branch: Branch) async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash("a", "echo a", also: "maxAttempts: 3\nif: \(branch.rule)")
                    + bash("b", "echo b", also: "if: {stringIsEmpty: ''}")))
        #expect(result.steps[0].status == branch.status)
        #expect(harness.journal.contains("echo a") == branch.ran)
        #expect(harness.journal.contains("echo b") == (branch.status != .failed))
        #expect(result.status == (branch.status == .failed ? .failed : .success))
        let ignoring = Harness()
        let lenient = try await ignoring.run(
            document(bash("a", "echo a", also: "onFailure: Ignore\nif: \(branch.rule)") + bash("b", "echo b")))
        #expect(lenient.status == (branch.status == .failed ? .successWithIgnoredFailure : .success))
        #expect(ignoring.journal.last == "echo b")
    }
}
