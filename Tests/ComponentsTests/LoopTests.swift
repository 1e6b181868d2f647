import Documents
import Foundation
import Synchronization
import Testing

@testable import Components

@Suite("Loops") struct LoopTests {
    struct Form: Sendable, CustomTestStringConvertible {
        var loop: String
        var echoed: [String]
        var testDescription: String { loop }
    }

    @Test(
        "A loop runs its step once for each value, whatever its form",
        arguments: [
            Form(loop: "{for: {start: 1, end: 3, updateBy: 1}}", echoed: ["0:1", "1:2", "2:3"]),
            Form(loop: "{for: {start: 10, end: 1, updateBy: -4}}", echoed: ["0:10", "1:6", "2:2"]),
            Form(loop: "{for: {start: 2, end: 2, updateBy: 5}}", echoed: ["0:2"]),
            Form(loop: "{forEach: [a, '{{ Word }}', 'x{{ Word }}']}", echoed: ["0:a", "1:w", "2:xw"]),
            Form(loop: "{forEach: {list: 'a,b,c'}}", echoed: ["0:a", "1:b", "2:c"]),
            Form(loop: "{forEach: {list: 'a;b', delimiter: ';'}}", echoed: ["0:a", "1:b"]),
            Form(
                loop: #"{forEach: {list: "{{ build.lines.outputs.stdout }}", delimiter: "\n"}}"#,
                echoed: ["0:l1", "1:l2"]),
        ])
    func forms(_ form: Form) async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash("lines", "echo l1", "echo l2")
                    + bash("each", "echo {{ loop.index }}:{{ loop.value }}", also: "loop: \(form.loop)"),
                head: "constants: [{Word: {type: string, value: w}}]"))
        #expect(harness.journal.dropFirst(2).elementsEqual(form.echoed.map { "echo \($0)" }))
        #expect(result.steps[1].iterations?.map(\.index) == Array(form.echoed.indices))
        #expect(result.steps[1].outputs == #"[{"stdout":""# + form.echoed.joined(separator: #"\n"#) + #""}]"#)
    }

    @Test("A loop answers to its own name and to 'loop'; another step's names stay as they are written")
    func names() async throws {
        let harness = Harness()
        _ = try await harness.run(
            document(
                bash(
                    "a", "echo {{ mine.value }} {{ loop.index }} {{ other.value }}",
                    also: "loop: {name: mine, forEach: [x]}")
                    + bash("b", "echo {{ loop.value }} {{ mine.value }}")))
        #expect(harness.journal == ["echo x 0 {{ other.value }}", "echo {{ loop.value }} {{ mine.value }}"])
    }

    @Test("The outputs of the iterations are one value, joined by line ends, for the steps that follow")
    func outputs() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash("a", "echo {{ loop.value }}", also: "loop: {forEach: [Hello, World]}")
                    + """
                    - {name: is, action: Assert, inputs: {stringEquals: "hello\\nworld", value: '{{ build.a.outputs.stdout }}'}}
                    """))
        #expect(result.status == .success)
        #expect(result.steps[0].outputs == #"[{"stdout":"Hello\nWorld"}]"#)
    }

    @Test("A failed iteration leaves the loop; a new attempt begins with the first iteration")
    func failures() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash(
                    "a", "echo {{ loop.value }}", "fail-until {{ loop.value }}",
                    also: "maxAttempts: 2\nonFailure: Ignore\nloop: {forEach: ['1', '3', '1']}")
                    + bash("b", "echo [{{ build.a.outputs.stdout }}]", also: "onFailure: Continue")))
        #expect(
            harness.journal == [
                "echo 1", "fail-until 1", "echo 3", "fail-until 3", "echo 1", "fail-until 1", "echo 3", "fail-until 3",
            ])
        let step = result.steps[0]
        #expect(step.status == .ignoredFailure && step.attempts == 2)
        #expect(step.failureMessage == "iteration 1 of 3, counted from 0: exit code 7")
        #expect(step.iterations?.map(\.status) == [.success, .failed])
        // The outputs of a loop that failed are in the results, and no value: the step that asks for one fails.
        #expect(step.outputs == #"[{"stdout":"1"}]"#)
        #expect(result.steps[1].status == .failed)
        #expect(
            harness.events.withLock { $0 }.prefix(6) == [
                "start build/a 1", "start build/a [1/3] 1", "end build/a [1/3] success", "start build/a [2/3] 1",
                "end build/a [2/3] failed", "start build/a 2",
            ])
    }

    @Test("The time limit is that of all iterations", .timeLimit(.minutes(1)))
    func timeLimit() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(bash("a", "echo {{ loop.value }}", "hang", also: "timeoutSeconds: 1\nloop: {forEach: [x, y]}")))
        #expect(harness.journal == ["echo x", "hang"])
        #expect(result.steps[0].failureMessage == "the loop timed out after 1 s")
    }

    @Test("The condition of a step with a loop is evaluated once, before the loop")
    func condition() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash(
                    "a", "echo {{ loop.value }}", "rm /tmp/go",
                    also: "if: {fileExists: /tmp/go}\nloop: {forEach: [x, y]}")
                    + bash("b", "touch /tmp/go")
                    + bash(
                        "c", "echo {{ loop.value }}", "rm /tmp/go",
                        also: "if: {fileExists: /tmp/go}\nloop: {forEach: [x, y]}")))
        #expect(result.steps.map(\.status) == [.skipped, .success, .success])
        #expect(harness.journal == ["touch /tmp/go", "echo x", "rm /tmp/go", "echo y", "rm /tmp/go"])
    }

    @Test("Twenty-four values and a list of none run as often as there are values")
    func counts() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash("none", "echo x", also: "loop: {forEach: {list: '{{ build.empty.outputs.stdout }}'}}")
                    .replacingOccurrences(of: "build.empty", with: "build.quiet"),
                head: ""
            ).replacingOccurrences(
                of: "    steps:\n",
                with: "    steps:\n      - {name: quiet, action: ExecuteBash, inputs: {commands: ['print ']}}\n"))
        #expect(result.status == .success)
        #expect(harness.journal == ["print "])
        #expect(result.steps[1].iterations == [])
    }
}
