import Documents
import Failures
import Testing

@Suite("Component documents")
struct ComponentDocumentTests {
    /// A document around the lines of one step, which start at line 6, column 9.
    private static func step(_ lines: String) -> String {
        """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: one
        \(lines.split(separator: "\n", omittingEmptySubsequences: false).map { "        " + $0 }.joined(separator: "\n"))
        """
    }

    static let invalid = [
        Case(
            "no mapping", "- a\n",
            "c.yaml:1:1: error: the component must be a mapping, found a list"),
        Case(
            "nothing in it", "name: x\n",
            "c.yaml:1:1: error: the component needs 'schemaVersion'",
            "c.yaml:1:1: error: the component needs 'phases'"),
        Case(
            "an unknown key with a near one", "schemaVersion: 1.0\nphase: []\n",
            "c.yaml:1:1: error: the component needs 'phases'",
            "c.yaml:2:1: error: unknown key 'phase' in the component (did you mean 'phases'?)"),
        Case(
            "another schema version", "schemaVersion: 2.0\nphases: []\n",
            "c.yaml:1:16: error: the schema version is '2.0' (expected 1.0)",
            "c.yaml:2:1: error: the component has no phase"),
        Case(
            "phases of a wrong type", "schemaVersion: '1.0'\nphases: {build: []}\n",
            "c.yaml:2:9: error: 'phases' of the component must be a list, found a mapping"),
        Case(
            "phases and steps without what they need", "schemaVersion: 1.0\nphases:\n  - steps: []\n  - name: build\n",
            "c.yaml:3:5: error: the phase needs 'name'",
            "c.yaml:4:5: error: the phase needs 'steps'"),
        Case(
            "the same phase twice",
            """
            schemaVersion: 1.0
            phases:
              - {name: build, steps: [{name: a, action: Reboot}]}
              - {name: build, steps: [{name: a, action: Reboot}, {name: a, action: Reboot}]}
            """,
            "c.yaml:4:12: error: the phase 'build' stands twice (it is first on line 3)",
            "c.yaml:4:54: error: the step 'a' stands twice in the phase 'build' (it is first on line 4)"),
        Case(
            "an unknown action", step("action: ExecuteBsh\ninputs: {commands: [a]}"),
            "c.yaml:6:17: error: unknown action 'ExecuteBsh' (did you mean 'ExecuteBash'?)"),
        Case(
            "an unknown action near nothing", step("action: Levitate"),
            "c.yaml:6:17: error: unknown action 'Levitate'"),
        Case(
            "wrong limits",
            step("action: Reboot\ntimeoutSeconds: 0\nonFailure: abort\nmaxAttempts: 0"),
            "c.yaml:7:25: error: 'timeoutSeconds' of the step 'one' must be at least 1, found 0 (-1 means no limit)",
            "c.yaml:8:20: error: 'onFailure' of the step 'one' must be Abort, Continue or Ignore, found 'abort' "
                + "(did you mean 'Abort'?)",
            "c.yaml:9:22: error: 'maxAttempts' of the step 'one' must be at least 1, found 0"),
        Case(
            "limits of a wrong type",
            step("action: Reboot\ntimeoutSeconds: '60'\nmaxAttempts: 1.5\nonFailure: [Abort]"),
            "c.yaml:7:25: error: 'timeoutSeconds' of the step 'one' must be a whole number, found the text '60'",
            "c.yaml:8:22: error: 'maxAttempts' of the step 'one' must be a whole number, found the number 1.5",
            "c.yaml:9:20: error: 'onFailure' of the step 'one' must be a text, found a list"),
        Case(
            "ExecuteBash without inputs", step("action: ExecuteBash"),
            "c.yaml:5:9: error: the step 'one' needs 'inputs' with 'commands'"),
        Case(
            "ExecuteBash without commands", step("action: ExecuteBash\ninputs: {command: [a]}"),
            "c.yaml:7:17: error: the inputs of the step 'one' needs 'commands'",
            "c.yaml:7:18: error: unknown key 'command' in the inputs of the step 'one' (did you mean 'commands'?)"),
        Case(
            "empty commands", step("action: ExecuteBash\ninputs: {commands: []}"),
            "c.yaml:7:18: error: 'commands' of the inputs of the step 'one' is empty"),
        Case(
            "commands as one text", step("action: ExecuteBash\ninputs: {commands: ls}"),
            "c.yaml:7:28: error: 'commands' of the inputs of the step 'one' must be a list, found the text 'ls'"),
        Case(
            "a command that YAML reads as a mapping",
            step("action: ExecuteBash\ninputs:\n  commands:\n    - echo note: done"),
            "c.yaml:9:15: error: a command must be a text, found a mapping "
                + "(quote it, or write it under '|': a ': ' makes YAML read a mapping)"),
        Case(
            "a negative delay", step("action: Reboot\ninputs: {delaySeconds: -1}"),
            "c.yaml:7:32: error: 'delaySeconds' of the inputs of the step 'one' must be at least 0, found -1"),
        Case(
            "wrong parameters and constants",
            """
            schemaVersion: 1.0
            parameters:
              - ab: {type: string}
              - Count: {type: integer, defualt: 1}
              - Name
            constants:
              - Count: {type: string, value: 3}
              - Empty: {type: string}
            phases: [{name: build, steps: [{name: a, action: Reboot}]}]
            """,
            "c.yaml:3:5: error: 'ab' cannot be the name of a parameter or constant (3 to 128 letters, digits, - and _)",
            "c.yaml:4:19: error: the type of the parameter 'Count' is 'integer' (the only type is string)",
            "c.yaml:4:28: error: unknown key 'defualt' in the parameter 'Count' (did you mean 'default'?)",
            "c.yaml:5:5: error: an element of 'parameters' must be one name with its settings below it, "
                + "found the text 'Name'",
            "c.yaml:7:5: error: the name 'Count' is used twice among parameters and constants (it is first on line 4)",
            "c.yaml:8:12: error: the constant 'Empty' needs 'value'"),
        Case(
            "an empty required value", "schemaVersion:\nphases: [{name: build, steps: [{name: a, action: Reboot}]}]\n",
            "c.yaml:1:1: error: 'schemaVersion' of the component has no value"),
    ]

    @Test("what is wrong is told with its place, all of it", arguments: invalid)
    func diagnostics(_ test: Case) {
        #expect(Problems.component(test.text) == test.expected)
    }

    @Test("a whole document is read")
    func whole() throws {
        let document = try ComponentDocument.parse(
            text: Fixture.text("documents/component.yaml"), file: "component.yaml")
        #expect(document.name == "whole")
        #expect(document.schemaVersion == "1.0")
        #expect(document.parameters.map(\.name) == ["Greeting", "Target"])
        #expect(document.parameters.map(\.defaultValue) == ["hello", nil])
        #expect(document.constants.map(\.value) == ["8080"])
        #expect(document.phases.map(\.name) == ["build", "validate", "smoke"])
        let build = try #require(document.phase("build"))
        #expect(build.steps.map(\.name) == ["greet", "restart", "patient"])
        #expect(build.steps.map(\.timeoutSeconds) == [7200, 7200, nil])
        #expect(build.steps.map(\.onFailure) == [.abort, .ignore, .continue])
        #expect(build.steps.map(\.maxAttempts) == [1, 1, 3])
        #expect(build.steps.map(\.disablesLogging) == [false, false, true])
        #expect(build.steps[1].inputs?["delaySeconds"]?.text?.source == "5")
        let commands = try #require(build.steps[0].inputs?["commands"]?.elements)
        #expect(commands.map(\.text?.source) == ["echo '{{ Greeting }}' on {{Port}}", "true", "42"])
    }

    @Test("a component as JSON is the same component")
    func json() throws {
        let text = #"""
            {"schemaVersion": "1.0", "phases": [{"name": "build", "steps": [
              {"name": "a", "action": "ExecuteBash", "inputs": {"commands": ["echo \"hi\""]}}]}]}
            """#
        let document = try ComponentDocument.parse(text: text, file: "c.json")
        let commands = try #require(document.phase("build")?.step("a")?.inputs?["commands"]?.elements)
        #expect(commands.map(\.text?.source) == [#"echo "hi""#])
    }

    @Test("a document that no build would run, or is too long for the service, is warned of in a set")
    func warnings() {
        var set = DocumentSet()
        set.add(
            text: "schemaVersion: 1.0\nphases: [{name: biuld, steps: [{name: a, action: Reboot}]}]\n", file: "c.yaml")
        #expect(
            set.diagnostics.map(\.description) == [
                "c.yaml:2:10: warning: no phase is called build, validate or test: a build runs nothing of this "
                    + "(did you mean 'build'?)"
            ])
    }

    @Test("the failure carries the exit status and counts of an invalid document")
    func failure() {
        let failure = DocumentFailure([
            Diagnostic(.error, at: SourcePosition(file: "a", line: 1, column: 2), "one", hint: "two"),
            Diagnostic(.warning, at: SourcePosition(file: "a", line: 3, column: 4), "three"),
        ])
        #expect(failure.exitStatus == .invalidDocument)
        #expect(failure.message == "a:1:2: error: one (two)\na:3:4: warning: three")
        #expect(failure.summary == "1 error, 1 warning")
    }
}
