import Documents
import Failures
import Synchronization
import SystemPackage
import Testing

@testable import Components

@Suite("Steps, attempts and failures") struct StepTests {
    @Test("Phases and steps run in the order of the document, only those phases that are asked for")
    func order() async throws {
        let text = """
            schemaVersion: 1.0
            phases:
              - name: validate
                steps: [{name: c, action: ExecuteBash, inputs: {commands: ['echo 1', 'echo 2']}}]
              - name: build
                steps:
                  - {name: a, action: ExecuteBash, inputs: {commands: ['echo 3']}}
                  - {name: b, action: ExecuteBash, inputs: {commands: ['echo 4']}}
              - name: test
                steps: [{name: a, action: ExecuteBash, inputs: {commands: ['echo 5']}}]
            """
        let harness = Harness()
        let result = try await harness.run(text, phases: ["build", "validate"])
        #expect(harness.journal == ["echo 1", "echo 2", "echo 3", "echo 4"])
        #expect(result.phases.map(\.name) == ["validate", "build"])
        #expect(result.status == .success && result.executedStepCount == 3)
        let all = Harness()
        _ = try await all.run(text)
        #expect(all.journal.count == 5)
    }

    struct Policy: Sendable, CustomTestStringConvertible {
        var onFailure: String
        var journal: [String]
        var status: DocumentStatus
        var step: StepRecord.Status
        var testDescription: String { onFailure }
    }

    @Test(
        "A failed step ends the document, fails it, or counts as none, as its onFailure says",
        arguments: [
            Policy(onFailure: "Abort", journal: ["exit 3"], status: .failed, step: .failed),
            Policy(onFailure: "Continue", journal: ["exit 3", "echo b"], status: .failed, step: .failed),
            Policy(
                onFailure: "Ignore", journal: ["exit 3", "echo b"], status: .successWithIgnoredFailure,
                step: .ignoredFailure),
        ])
    func policies(_ policy: Policy) async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(bash("a", "exit 3", also: "onFailure: \(policy.onFailure)") + bash("b", "echo b")))
        #expect(harness.journal == policy.journal)
        #expect(result.status == policy.status)
        #expect(result.phases[0].status == policy.status)
        #expect(result.steps[0].status == policy.step)
        #expect(result.steps[0].exitCode == 3)
        #expect(result.steps[0].failureMessage == "exit code 3")
        #expect(
            harness.events.withLock { $0 }[1]
                == (policy.onFailure == "Ignore" ? "end build/a ignored" : "end build/a failed"))
    }

    @Test("A failure ends no other phase where it is Continue, and every later one where it is Abort")
    func laterPhases() async throws {
        func text(_ action: String) -> String {
            """
            schemaVersion: 1.0
            phases:
              - name: build
                steps: [{name: a, action: ExecuteBash, onFailure: \(action), inputs: {commands: ['exit 1']}}]
              - name: validate
                steps: [{name: a, action: ExecuteBash, inputs: {commands: ['echo v']}}]
            """
        }
        let on = Harness()
        #expect(try await on.run(text("Continue")).status == .failed)
        #expect(on.journal == ["exit 1", "echo v"])
        let off = Harness()
        let result = try await off.run(text("Abort"))
        #expect(off.journal == ["exit 1"])
        #expect(result.phases.count == 1)
        let error = #expect(throws: ComponentFailure.self) { try result.demandSuccess() }
        #expect(error?.code == .stepFailed)
        #expect(error?.message == "step test › build › a failed: exit code 1")
    }

    @Test("A step is tried again as often as maxAttempts says, and no more once it succeeds")
    func attempts() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash("a", "fail-until 3", "echo done", also: "maxAttempts: 5")
                    + bash("b", "exit 1", also: "maxAttempts: 2")))
        #expect(harness.journal == ["fail-until 3", "fail-until 3", "fail-until 3", "echo done", "exit 1", "exit 1"])
        #expect(result.steps.map(\.attempts) == [3, 2])
        #expect(result.steps[0].exitCode == 0)
        #expect(
            harness.events.withLock { $0 } == [
                "start build/a 1", "start build/a 2", "start build/a 3", "end build/a success", "start build/b 1",
                "start build/b 2", "end build/b failed",
            ])
        #expect(throws: ComponentFailure.self) { try result.demandSuccess() }
    }

    @Test("The time limit is one attempt's: each begins with the whole of it", .timeLimit(.minutes(1)))
    func timeouts() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash("a", "echo x", "hang", also: "timeoutSeconds: 1\nmaxAttempts: 2\nonFailure: Ignore")
                    + bash("b", "echo b")))
        #expect(harness.journal == ["echo x", "hang", "echo x", "hang", "echo b"])
        #expect(result.steps[0].failureMessage == "timed out after 1 s")
        #expect(result.steps[0].exitCode == nil)
        #expect(result.status == .successWithIgnoredFailure)
    }

    @Test("A run that is cancelled ends in time, and says in which step", .timeLimit(.minutes(1)))
    func cancellation() async throws {
        let harness = Harness()
        let task = Task {
            try await harness.run(document(bash("a", "hang", also: "timeoutSeconds: -1\nmaxAttempts: 9")))
        }
        while harness.journal.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let error = await #expect(throws: ComponentFailure.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(error?.message.contains("test › build › a") == true)
        #expect(harness.journal == ["hang"])
    }

    @Test("A guest that is gone ends the run, whatever the step's onFailure")
    func guestLost() async throws {
        let harness = Harness()
        harness.guest.change { $0.lastReboot = 1 }
        let error = await #expect(throws: ComponentFailure.self) {
            try await harness.run(
                document("- {name: a, action: Reboot, onFailure: Ignore, maxAttempts: 3}\n" + bash("b", "echo b")))
        }
        #expect(error?.code == .guestLost)
        #expect(harness.journal == ["reboot"])
    }

    @Test("Assert fails its step where its condition does not hold")
    func assertions() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                """
                - {name: yes, action: Assert, inputs: {stringEquals: a, value: A}}
                - {name: no, action: Assert, onFailure: Continue, inputs: {numberLessThan: 2, value: '3'}}
                - {name: file, action: Assert, onFailure: Ignore, inputs: {and: [{folderExists: /etc}, {fileExists: /etc}]}}
                """))
        #expect(result.steps.map(\.status) == [.success, .failed, .ignoredFailure])
        #expect(result.steps[1].failureMessage == "the assertion does not hold")
    }

    @Test("Inputs and outputs of earlier steps are values of later ones, also of other phases")
    func chaining() async throws {
        let text = """
            schemaVersion: 1.0
            parameters: [{Who: {type: string, default: you}}]
            phases:
              - name: build
                steps:
                  - {name: ask, action: ExecuteBash, inputs: {commands: ['echo 5', 'error 6']}}
                  - {name: put, action: CreateFile, inputs: [{path: '/tmp/{{ Who }}', content: c}, {path: /tmp/2, content: d}]}
                  - {name: read, action: ReadFile, inputs: [{path: /tmp/you}, {path: '{{ build.put.inputs[1].path }}'}]}
                  - {name: fails, action: ExecuteBash, onFailure: Ignore, inputs: {commands: ['echo why', 'exit 1']}}
              - name: validate
                steps:
                  - name: use
                    action: ExecuteBash
                    inputs:
                      commands:
                        - 'echo {{ build.ask.outputs.stdout }}+{{build.ask.outputs[0].stdout}} {{ build.read.outputs[1].content }}'
                        - 'echo {{ build.put.inputs[0].path }} {{ build.ask.inputs.commands[0] }} {{ build.fails.outputs.stdout }}'
            """
        let harness = Harness()
        let result = try await harness.run(text)
        #expect(result.status == .successWithIgnoredFailure)
        #expect(Array(harness.journal.suffix(2)) == ["echo 5+5 d", "echo /tmp/you echo 5 why"])
        #expect(result.steps[0].outputs == #"[{"stdout":"5"}]"#)
        #expect(result.steps[2].outputs == #"[{"content":"c"},{"content":"d"}]"#)
        #expect(result.steps[1].inputs.contains(#""path":"/tmp/you""#))
    }

    @Test("A value of the wrong kind and one that is not there fail the step before it does anything")
    func badValues() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                """
                - {name: skipped, action: ExecuteBash, if: {stringIsEmpty: x}, inputs: {commands: ['echo never']}}
                - {name: use, action: ExecuteBash, onFailure: Continue, inputs: {commands: ['echo {{ build.skipped.outputs.stdout }}']}}
                - {name: later, action: Reboot, onFailure: Continue, inputs: {delaySeconds: '{{ Flag }}'}}
                """, head: "constants: [{Flag: {type: string, value: soon}}]"))
        #expect(harness.journal.isEmpty)
        #expect(result.steps.map(\.status) == [.skipped, .failed, .failed])
        #expect(result.steps[1].failureMessage.contains("{{ build.skipped.outputs.stdout }} has no value"))
        #expect(result.steps[2].failureMessage.contains("delaySeconds"))
    }

    @Test("A component that is used twice, and steps whose names differ in odd letters, have logs of their own")
    func logNames() async throws {
        let harness = Harness()
        let component = try ComponentDocument.parse(
            text: document(bash("a b", "echo one") + bash("a_b", "echo two") + bash("../x", "echo three")), file: "t")
        let runner = DocumentRunner(harness.environment())
        for number in 1...2 { _ = try await runner.run(component, named: "app", number: number) }
        #expect(
            harness.logs == [
                "01-app/build-01-a_b.log", "01-app/build-02-a_b.log", "01-app/build-03-_.._x.log",
                "02-app/build-01-a_b.log", "02-app/build-02-a_b.log", "02-app/build-03-_.._x.log",
            ])
        #expect(harness.log("02-app/build-01-a_b.log") == "one\n")
    }
}
