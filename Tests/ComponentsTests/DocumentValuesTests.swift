import Documents
import Failures
import Testing

@testable import Components

@Suite("Values of a running document") struct DocumentValuesTests {
    private func document() throws -> ComponentDocument {
        try ComponentDocument.parse(
            text: """
                schemaVersion: 1.0
                parameters:
                  - Page: {type: string}
                  - Port: {type: string, default: '8080'}
                constants:
                  - Host: {type: string, value: localhost}
                phases:
                  - name: build
                    steps:
                      - name: ask
                        action: ExecuteBash
                        inputs:
                          commands: ['curl http://{{ Host }}:{{ Port }}/{{ Page }}']
                      - name: again
                        action: ExecuteBash
                        inputs:
                          commands: ['{{ build.ask.inputs.commands[0] }}', 'echo {{ build.ask.outputs.stdout }}']
                """, file: "c.yaml")
    }

    private func values(_ given: [String: String]) throws -> DocumentValues {
        try DocumentValues(try document(), given: given)
    }

    @Test("Parameters given come before defaults, and constants stand beside them")
    func variables() throws {
        let values = try values(["Page": "index", "Port": "81"])
        #expect(try values.evaluate(Interpolation("{{ Host }}:{{Port}}/{{ Page }}")) == "localhost:81/index")
        #expect(try self.values(["Page": "x"]).evaluate(Interpolation("{{ Port }}")) == "8080")
    }

    @Test("A parameter without a value is refused by name")
    func missingParameter() {
        let error = #expect(throws: ActionFailure.self) { try values([:]) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("Page") == true)
    }

    @Test("A step's inputs are evaluated where another refers to them")
    func inputs() throws {
        let values = try values(["Page": "index"])
        let text = try values.evaluate(Interpolation("{{ build.ask.inputs.commands[0] }}"))
        #expect(text == "curl http://localhost:8080/index")
    }

    @Test("A step's output has a value once the step ran, not before; what has a loop's name stays as it is written")
    func outputs() throws {
        var values = try values(["Page": "index"])
        let text = Interpolation("got {{ build.ask.outputs.stdout }} {{ loop.value }}")
        let error = #expect(throws: ActionFailure.self) { try values.evaluate(text) }
        #expect(error?.message.contains("build.ask.outputs.stdout") == true)
        values.record(StepOutputs([["stdout": "200"]]), of: DocumentValues.StepKey(phase: "build", step: "ask"))
        #expect(try values.evaluate(text) == "got 200 {{ loop.value }}")
    }

    @Test(
        "The Parameter Store's values are found by name, by a parameter's value and by another parameter of the store")
    func stored() throws {
        let stored = ["/index": "start.html", "/which": "/index"]
        let values = try DocumentValues(try document(), given: ["Page": "/index"], stored: stored)
        for text in ["/index", "resolve(Page)", "resolve(aws:ssm:/which)"] {
            #expect(try values.evaluate(Interpolation("<{{ aws:ssm:\(text) }}>")) == "<start.html>")
        }
        for text in ["/none", "resolve(Host)", "resolve(aws:ssm:/none)"] {
            let error = #expect(throws: ActionFailure.self) {
                try values.evaluate(Interpolation("{{ aws:ssm:\(text) }}"))
            }
            #expect(error?.code == .invalidInput && error?.message.contains("has no value here") == true)
        }
    }
}
