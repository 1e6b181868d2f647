import Documents
import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import Components

@Suite("Nested documents") struct NestedDocumentTests {
    private func inner(_ steps: String, name: String = "inner", head: String = "") -> String {
        document(steps, head: head).replacingOccurrences(of: "name: test", with: "name: \(name)")
    }

    private func execute(_ document: String, _ more: String = "") -> String {
        "- {name: n, action: ExecuteDocument, inputs: {document: '\(document)'\(more)}}\n"
    }

    @Test("A document of the guest, of S3 and of the component store runs with its parameters and phases")
    func sources() async throws {
        let text = """
            name: inner
            schemaVersion: 1.0
            parameters: [{Word: {type: string, default: none}}]
            phases:
              - {name: build, steps: [{name: a, action: ExecuteBash, inputs: {commands: ['echo {{ Word }}']}}]}
              - {name: test, steps: [{name: a, action: ExecuteBash, inputs: {commands: ['echo tested']}}]}
            """
        let harness = Harness(components: ["arn:aws:x": text], origins: ScriptedOrigins(["s3://docs/in.yaml": text]))
        harness.guest.change { $0.files["/tmp/in.yaml"] = Array(text.utf8) }
        for source in ["in.yaml", "/tmp/./in.yaml", "s3://docs/in.yaml", "arn:aws:x"] {
            let before = harness.journal.count
            let result = try await harness.run(
                document(
                    execute(source, ", phases: 'build, validate', parameters: [{name: Word, value: '{{ Given }}'}]"),
                    head: "constants: [{Given: {type: string, value: hi}}]"))
            #expect(result.status == .success, "\(source): \(result.failureMessage)")
            #expect(harness.journal.dropFirst(before).elementsEqual(["echo hi"]), "\(source)")
        }
        _ = try await harness.run(document(execute("in.yaml")))
        #expect(Array(harness.journal.suffix(2)) == ["echo none", "echo tested"])
        #expect(harness.logs.contains("01-test/build-01-n/build-01-a.log"))
        #expect(!FileManager.default.fileExists(atPath: harness.folder.appending(".transfer").string))
    }

    @Test("Its outputs say how it went, and its steps' values are its own")
    func outputs() async throws {
        let harness = Harness(components: [
            "arn:i": inner(bash("a", "echo a") + bash("b", "exit 1", also: "onFailure: Ignore"))
        ])
        let result = try await harness.run(
            document(
                execute("arn:i") + """
                    - name: is
                      action: Assert
                      inputs:
                        and:
                          - {stringEquals: '2', value: '{{ build.n.outputs.executedStepCount }}'}
                          - {stringEquals: '1', value: '{{ build.n.outputs[0].ignoredFailedStepCount }}'}
                          - {stringEquals: '0', value: '{{ build.n.outputs.failedStepCount }}'}
                          - {stringEquals: SuccessWithIgnoredFailure, value: '{{ build.n.outputs.status }}'}
                    """))
        #expect(result.steps.map(\.status) == [.success, .success])
        #expect(result.steps[0].documents?[0].status == .successWithIgnoredFailure)
        #expect(result.steps[0].documents?[0].steps.map(\.name) == ["a", "b"])
        #expect(
            harness.events.withLock { $0 }.prefix(3) == ["start build/n 1", "start build/a 1", "end build/a success"])
    }

    @Test("Its failure is the step's, and the step's onFailure decides what follows")
    func failure() async throws {
        let components = ["arn:i": inner(bash("bad", "exit 4") + bash("c", "echo c"))]
        let harness = Harness(components: components)
        let result = try await harness.run(document(execute("arn:i") + bash("z", "echo z")))
        #expect(result.status == .failed && harness.journal == ["exit 4"])
        #expect(result.steps[0].failureMessage.contains("phase build: step bad: exit code 4"))
        let lenient = Harness(components: components)
        let other = try await lenient.run(
            document(
                execute("arn:i").replacingOccurrences(of: "inputs:", with: "onFailure: Ignore, inputs:")
                    + bash("z", "echo z")))
        #expect(other.status == .successWithIgnoredFailure && lenient.journal == ["exit 4", "echo z"])
    }

    @Test("Documents may be nested three levels below the first, and no deeper")
    func depth() async throws {
        var components = ["arn:4": inner(bash("deep", "echo deep"), name: "d4")]
        for level in 1...3 {
            components["arn:\(level)"] = inner(
                bash("at", "echo \(level)") + execute("arn:\(level + 1)"), name: "d\(level)")
        }
        let fine = Harness(components: components)
        #expect(try await fine.run(document(execute("arn:2"))).status == .success)
        #expect(fine.journal == ["echo 2", "echo 3", "echo deep"])
        let deep = Harness(components: components)
        let result = try await deep.run(document(execute("arn:1")))
        #expect(result.status == .failed && deep.journal == ["echo 1", "echo 2", "echo 3"])
        #expect(result.failureMessage.contains("nested deeper than 3 levels"))
    }

    @Test("Documents that run each other in a circle are refused, the first one included")
    func circles() async throws {
        let harness = Harness(components: [
            "arn:a": inner(execute("arn:b"), name: "a"), "arn:b": inner(execute("arn:a"), name: "b"),
            "arn:up": inner(execute("arn:test")),
        ])
        let result = try await harness.run(document(execute("arn:a")))
        #expect(result.failureMessage.contains("in a circle: arn:test → arn:a → arn:b → arn:a"))
        #expect(try await harness.run(document(execute("arn:up"))).failureMessage.contains("in a circle"))
    }

    @Test(
        "What cannot be run fails the step with the reason",
        arguments: [
            ("arn:none", "", "cannot be read"), ("/tmp/none.yaml", "", "No such file"),
            ("https://x/y.yaml", "", "is no document"),
            ("arn:bad", "", "is invalid"), ("arn:needs", "", "a value for the parameter Word is missing"),
            ("arn:needs", ", parameters: [{name: Wrod, value: x}]", "has no parameter Wrod"),
            ("s3://docs/none", "", "no such object"),
        ])
    func refused(_ source: String, _ more: String, _ why: String) async throws {
        let harness = Harness(
            components: [
                "arn:bad": "schemaVersion: 1.0\nphases: 5\n",
                "arn:needs": inner(bash("a", "echo {{ Word }}"), head: "parameters: [{Word: {type: string}}]"),
            ], origins: ScriptedOrigins([:]))
        let result = try await harness.run(document(execute(source, more)))
        #expect(result.status == .failed && harness.journal.isEmpty)
        #expect(result.steps[0].failureMessage.contains(why), "\(result.steps[0].failureMessage)")
    }
}
