import Documents
import Failures
import Foundation
import Synchronization
import Testing

@testable import Components

@Suite("Reboots and going on after them") struct RebootTests {
    @Test("Reboot goes on with the next step; exit code 194 runs the same step again")
    func both() async throws {
        let harness = Harness()
        let result = try await harness.run(
            document(
                bash("a", "echo a", "reboot-until 3", "echo up") + "- {name: r, action: Reboot}\n" + bash("b", "echo b")
            ))
        #expect(
            harness.journal == [
                "echo a", "reboot-until 3", "reboot", "echo a", "reboot-until 3", "reboot", "echo a", "reboot-until 3",
                "echo up",
                "reboot", "echo b",
            ])
        #expect(result.status == .success)
        #expect(result.steps[0].attempts == 1 && result.steps[0].outputs == #"[{"stdout":"a\nup"}]"#)
    }

    @Test("A step that asks for a reboot each time fails at the bound, and its next attempt begins to count again")
    func bound() async throws {
        let harness = Harness()
        let result = try await harness.run(document(bash("a", "exit 194", also: "maxAttempts: 2")))
        #expect(result.status == .failed)
        #expect(result.steps[0].failureMessage.contains("25 times"))
        #expect(harness.journal.count { $0 == "exit 194" } == 50)
        #expect(harness.guest.boots == 1 + 48)
    }

    static let inLoop = document(
        bash("a", "echo {{ loop.value }}", "reboot-until {{ loop.value }}", also: "loop: {forEach: ['1', '2', '3']}")
            + "- {name: r, action: Reboot, loop: {for: {start: 1, end: 2, updateBy: 1}}}\n"
            + "- {name: is, action: Assert, inputs: {stringEquals: \"1\\n2\\n3\", value: '{{ build.a.outputs.stdout }}'}}\n"
    )

    @Test("Within a loop, 194 repeats the iteration and Reboot goes on with the next")
    func loops() async throws {
        let harness = Harness()
        let result = try await harness.run(Self.inLoop)
        #expect(harness.journal.filter { $0 == "reboot" || $0.hasPrefix("echo") } == Self.inLoopJournal)
        #expect(result.status == .success)
        #expect(result.steps[0].iterations?.count == 3)
    }

    private static let inLoopJournal = [
        "echo 1", "echo 2", "reboot", "echo 2", "echo 3", "reboot", "echo 3", "reboot", "echo 3", "reboot", "reboot",
    ]

    static let nested = """
        name: inner
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - {name: before, action: ExecuteBash, inputs: {commands: ['echo before']}}
              - {name: again, action: ExecuteBash, loop: {forEach: [x, y]}, inputs: {commands: ['echo {{ loop.value }}', 'reboot-until 2 {{ loop.value }}']}}
              - {name: r, action: Reboot}
              - {name: after, action: Assert, inputs: {stringEquals: "x\\ny", value: '{{ build.again.outputs.stdout }}'}}
        """
    static let outer = document(
        bash("a", "append /tmp/inner.yaml x", "echo a")
            + "- {name: n, action: ExecuteDocument, loop: {forEach: [one, two]}, inputs: {document: 'arn:inner'}}\n"
            + bash("b", "echo b"))

    @Test("Within a nested document in a loop the run goes on in the nested document")
    func nestedDocuments() async throws {
        let harness = Harness(components: ["arn:inner": Self.nested])
        let result = try await harness.run(Self.outer)
        #expect(result.status == .success)
        #expect(harness.guest.boots == 1 + 2 + 1 + 1)
        #expect(
            harness.journal.filter { $0 == "reboot" || $0.hasPrefix("echo") } == [
                "echo a",
                // The first time, each of the inner loop's iterations reboots once.
                "echo before", "echo x", "reboot", "echo x", "echo y", "reboot", "echo y", "reboot",
                // The second time they have done so.
                "echo before", "echo x", "echo y", "reboot", "echo b",
            ])
        #expect(result.steps[1].documents?.map(\.name) == ["test › inner", "test › inner"])
    }

    @Test(
        "From any place that was saved, sealed and opened again, another process does exactly what was left",
        arguments: [0, 1])
    func resume(_ which: Int) async throws {
        let text = [Self.inLoop, Self.outer][which]
        let components = ["arn:inner": Self.nested]
        let whole = Harness(components: components)
        let wholeResult = try await whole.run(text)
        let places = whole.places.withLock { $0 }
        #expect(places.count >= 8)
        for (index, place) in places.enumerated() {
            let opened = try RunPosition.opened(try place.position.sealed(["echo", "x"]), ["echo", "x"])
            #expect(opened == place.position)
            let rest = Harness(components: components, guest: ScriptedGuest(place.guest))
            let result = try await rest.run(text, from: opened)
            // A place that was saved before a reboot is gone on from on a new boot: that reboot is not asked for again.
            let left = Array(whole.journal.dropFirst(place.guest.journal.count))
            let done = Array(rest.journal.dropFirst(place.guest.journal.count))
            #expect(done == left || (left.first == "reboot" && done == Array(left.dropFirst())), "place \(index)")
            // What is left of a nested document has the logs' place of the run that goes on.
            #expect(result.steps.map { $0.outputs.prefix(60) } == wholeResult.steps.map { $0.outputs.prefix(60) })
            #expect(result.executedStepCount == wholeResult.executedStepCount)
            #expect(result.steps.map(\.status) == wholeResult.steps.map(\.status))
        }
    }

    @Test("A place of another document is refused")
    func changedDocument() async throws {
        let harness = Harness()
        _ = try await harness.run(document(bash("a", "echo a") + bash("b", "echo b") + bash("c", "echo c")))
        let position = try #require(harness.places.withLock { $0.last?.position })
        let error = await #expect(throws: ComponentFailure.self) {
            try await harness.run(document(bash("a", "echo a")), from: position)
        }
        #expect(error?.code == .invalidInput)
    }
}
