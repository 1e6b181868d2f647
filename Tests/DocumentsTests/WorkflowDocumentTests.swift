import Documents
import Testing

@Suite("Workflow documents") struct WorkflowDocumentTests {
    /// The steps of a workflow with a launched instance before them.
    private static func steps(_ steps: String) -> String {
        """
        schemaVersion: 1.0
        parameters: [{name: limit, type: integer, default: 3}, {name: who, type: string}]
        steps:
          - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
        \(steps)
        """
    }

    private static func problems(_ text: String, _ type: WorkflowType? = nil) -> [String] {
        Problems.lines { () throws(DocumentFailure) in
            let document = try WorkflowDocument.parse(text: text, file: "w.yaml", type: type)
            guard document.warnings.isEmpty else { throw DocumentFailure(document.warnings) }
        }
    }

    @Test(
        "A mark is for what a list has in it, and for a text with variables; both outputs of the agent's step are there"
    )
    func marks() {
        #expect(
            Self.problems(
                Self.steps(
                    """
                      - {name: Wait, action: WaitForSSMAgent, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}
                      - name: Run
                        action: RunCommand
                        inputs:
                          instanceId.$: $.stepOutputs.Launch.instanceId
                          documentName: AWS-RunShellScript
                          parameters:
                            commands.$: [$.parameters.who, echo]
                      - name: Machine
                        action: ExecuteStateMachine
                        inputs:
                          stateMachineArn: arn:aws:states:us-east-1:123456789012:stateMachine:m
                          input.$: '{"a": "{{ $.stepOutputs.Wait.Status }}", "b": "{{ $.stepOutputs.Wait.status }}"}'
                    """)) == [])
        #expect(
            Self.problems(Self.steps("  - {name: Wait, action: WaitForAction, inputs: {payload.$: \"a\\nb\"}}")) == [
                "w.yaml:5:61: warning: 'payload.$' is no variable (without .$: payload: a)"
            ])
    }

    @Test("A document of all parts is read as it is written")
    func whole() throws {
        let document = try WorkflowDocument.parse(
            text: """
                name: build-mine
                description: a build
                schemaVersion: 1.0
                parameters:
                  - {name: wait, type: boolean, default: true, description: whether}
                  - {name: names, type: stringList, default: [a, b]}
                steps:
                  - name: Launch
                    action: LaunchInstance
                    onFailure: Abort
                    inputs: {waitFor: ssmAgent}
                  - name: Ask
                    action: RunCommand
                    description: asks
                    onFailure: Continue
                    timeoutSeconds: 60
                    rollbackEnabled: false
                    if:
                      and:
                        - booleanEquals: true
                          value: $.parameters.wait
                        - not:
                            - stringEquals: Windows
                              value: '$.imageBuilder.Platform'
                    inputs:
                      instanceId.$: $.stepOutputs.Launch.instanceId
                      documentName: AWS-RunShellScript
                      parameters:
                        commands: ['echo {{ $.imagebuilder.imageName }} {{ other }}', 007]
                outputs:
                  - {name: said, value: '$.stepOutputs.Ask.output[0]'}
                """, file: "w.yaml", type: .build)
        #expect(document.warnings.isEmpty)
        #expect(document.name == "build-mine" && document.parameters.map(\.kind) == [.boolean, .stringList])
        #expect(document.parameters.map(\.defaultTexts) == [["true"], ["a", "b"]])
        let ask = try #require(document.step("Ask"))
        #expect(ask.action == .runCommand && ask.onFailure == .continue && ask.timeoutSeconds == 60)
        #expect(ask.rollbackEnabled == .value(.boolean(false)))
        #expect(document.steps[0].timeoutSeconds == 4500)
        let values: [String: WorkflowValue] = [
            "wait": .boolean(true), "Platform": .string("Linux"), "imageName": .string("web"),
            "Launch": .string("i-1"),
        ]
        let lookup = { (variable: WorkflowVariable) in variable.key(0).flatMap { values[$0] } }
        #expect(ask.condition?.holds(lookup) == true)
        #expect(ask.condition?.holds { _ in nil } == nil)
        #expect(ask.input("instanceId")?.evaluate(lookup) == .string("i-1"))
        #expect(
            ask.input("parameters")?.evaluate(lookup)
                == .mapping(["commands": .list([.string("echo web {{ other }}"), .string("007")])]))
        #expect(document.outputs[0].value.variables[0].path == [.key("Ask"), .key("output"), .index(0)])
    }

    @Test("The example is without fault")
    func example() throws {
        let text = try Fixture.text("workflows/build-approved.yaml")
        #expect(Self.problems(text, .build).isEmpty)
        var set = DocumentSet()
        set.add(text: text, file: "w.yaml")
        #expect(set.validate().isEmpty && set.workflows.count == 1)
    }

    static let faults: [Case] = [
        Case(
            "no step, another version", "schemaVersion: 2.0\nsteps: []\n",
            "w.yaml:1:16: error: the schema version is '2.0' (expected 1.0)",
            "w.yaml:2:1: error: the workflow has no step"),
        Case(
            "unknown words", steps("  - {name: Two words, action: RunComand, onfailure: Abort}"),
            "w.yaml:5:12: error: 'Two words' cannot be the name of a step (3 to 128 letters, digits and _)",
            "w.yaml:5:31: error: unknown action 'RunComand' (did you mean 'RunCommand'?)",
            "w.yaml:5:42: error: unknown key 'onfailure' in the step 'Two words' (did you mean 'onFailure'?)"),
        Case(
            "inputs", steps("  - {name: Run, action: RunCommand, inputs: {instanceId: i-1, document: x}}"),
            "w.yaml:5:45: error: the step 'Run' needs the input 'documentName'",
            "w.yaml:5:63: error: RunCommand has no input 'document' (expected instanceId, documentName, parameters or "
                + "documentVersion)"),
        Case(
            "limits", steps("  - {name: Wait, action: WaitForAction, timeoutSeconds: 604801}"),
            "w.yaml:5:57: error: 'timeoutSeconds' of the step 'Wait' must be from 1 to 604800, found 604801"),
        Case(
            "names that are used twice",
            steps("  - {name: Launch, action: WaitForAction}"),
            "w.yaml:5:5: error: the name 'Launch' is used twice among the workflow's steps (it is first on line 4)"),
        Case(
            "variables that lead nowhere",
            steps(
                """
                  - {name: One, action: WaitForAction, inputs: {payload.$: $.parameters.limi}}
                  - {name: Two, action: WaitForAction, inputs: {payload.$: $.stepOutputs.Three.reason}}
                  - {name: Three, action: WaitForAction, inputs: {payload.$: $.stepOutputs.Two.reasons}}
                  - {name: Four, action: WaitForAction, inputs: {payload.$: $.imagebuilder.size}}
                  - {name: Five, action: WaitForAction, inputs: {payload.$: $.elsewhere.x}}
                """),
            "w.yaml:5:60: error: the workflow has no parameter 'limi' (did you mean 'limit'?)",
            "w.yaml:6:60: error: '$.stepOutputs.Three.reason' is of a step that does not run before the step 'Two'",
            "w.yaml:7:62: error: WaitForAction has no output 'reasons' (did you mean 'reason'?)",
            "w.yaml:8:61: error: Image Builder has no variable 'size'",
            "w.yaml:9:61: error: '$.elsewhere.x' is no variable of a workflow ($.parameters.NAME, "
                + "$.stepOutputs.STEP.NAME, $.workflowOutputs.NAME or $.imagebuilder.NAME)"),
        Case(
            "conditions",
            steps(
                """
                  - {name: One, action: WaitForAction, if: {numberEquals: many, value: 1}}
                  - {name: Two, action: WaitForAction, if: {stringEquals: a}}
                  - {name: Three, action: WaitForAction, if: {stringEqual: a, value: b}}
                  - {name: Four, action: WaitForAction, if: {and: []}}
                """),
            "w.yaml:5:59: error: what 'numberEquals' compares must be a number, found the text 'many'",
            "w.yaml:6:45: error: 'stringEquals' needs 'value' beside it",
            "w.yaml:7:47: error: the 'if' of the step 'Three' has no operator (did you mean 'stringEquals'?)",
            "w.yaml:8:46: error: 'and' has 0 conditions; 1 to 10 are taken"),
        Case(
            "a variable without its mark",
            steps("  - {name: End, action: TerminateInstance, inputs: {instanceId: $.stepOutputs.Launch.instanceId}}"),
            "w.yaml:5:53: warning: 'instanceId' is given a variable (with .$: instanceId.$: "
                + "$.stepOutputs.Launch.instanceId)"),
    ]

    @Test("What is wrong is told with its place", arguments: faults)
    func told(_ test: Case) {
        #expect(Self.problems(test.text) == test.expected)
    }

    @Test("An action is for its stage, and nests no deeper than the service takes")
    func stages() {
        let clean = Self.steps("  - {name: Clean, action: SanitizeInstance, inputs: {instanceId: i-1}}")
        #expect(Self.problems(clean, .build).isEmpty)
        #expect(
            Self.problems(clean, .test) == [
                "w.yaml:5:27: error: SanitizeInstance is no action of a workflow of type TEST (of BUILD alone)"
            ])
        let deep = "{and: [{or: [{and: [{not: {stringEquals: a, value: a}}]}]}]}"
        #expect(
            Self.problems(Self.steps("  - {name: Deep, action: WaitForAction, if: \(deep)}")) == [
                "w.yaml:5:71: error: conditions nest at most 4 levels deep"
            ])
        let many = (0..<15).map { "  - {name: Wait\($0), action: WaitForAction}" }.joined(separator: "\n")
        #expect(
            Self.problems(Self.steps(many)) == [
                "w.yaml:19:5: error: the workflow has 16 steps; Image Builder takes 15"
            ])
    }

    @Test(
        "Comparisons",
        arguments: [
            ("stringEquals: 'a', value: a", true), ("stringEquals: A, value: a", false),
            ("stringEquals: 1, value: '1'", true), ("numberEquals: 5.0, value: 5", true),
            ("numberEquals: -1, value: '-1'", true), ("numberGreaterThan: 9, value: 10", true),
            ("numberLessThanEquals: 3, value: $.parameters.limit", true),
            ("numberLessThan: 3, value: $.parameters.limit", false), ("booleanEquals: true, value: 'true'", true),
            ("or: [{stringEquals: a, value: b}, {numberEquals: 1, value: 1}]", true),
            ("and: [{stringEquals: a, value: b}, {numberEquals: 1, value: $.parameters.who}]", false),
            ("not: [{stringEquals: a, value: b}]", true),
        ])
    func comparisons(_ condition: String, _ expected: Bool) throws {
        let text = Self.steps("  - {name: Ask, action: WaitForAction, if: {\(condition)}}")
        let document = try WorkflowDocument.parse(text: text, file: "w.yaml")
        let found = document.step("Ask")?.condition?.holds { $0.key(0) == "limit" ? .integer(3) : nil }
        #expect(found == expected)
    }

    @Test("A template's workflows have their type in their name, and pipelines give them their parameters")
    func template() throws {
        func text(_ parameters: String) -> String {
            """
            Resources:
              C:
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: tool
                  Version: 1.0.0
                  Platform: Linux
                  Data: |
                    schemaVersion: 1.0
                    phases: [{name: build, steps: [{name: A, action: ExecuteBash, inputs: {commands: [ls]}}]}]
              R: {Type: AWS::ImageBuilder::ImageRecipe, Properties: {Name: recipe, Version: 1.0.0, ParentImage: debian-12, Components: [{ComponentArn: !Ref C}]}}
              I: {Type: AWS::ImageBuilder::InfrastructureConfiguration, Properties: {Name: infra, InstanceProfileName: p}}
              W:
                Type: AWS::ImageBuilder::Workflow
                Properties:
                  Name: My_Flow
                  Version: 1.0.0
                  Type: TEST
                  Data: |
                    schemaVersion: 1.0
                    parameters: [{name: count, type: integer}]
                    steps: [{name: Ask, action: WaitForAction}]
              P:
                Type: AWS::ImageBuilder::ImagePipeline
                Properties:
                  Name: pipe
                  ImageRecipeArn: !Ref R
                  InfrastructureConfigurationArn: !Ref I
                  Workflows:
                    - WorkflowArn: arn:aws:imagebuilder:us-east-1:aws:workflow/build/build-image/x.x.x
                    - {WorkflowArn: !Ref W, ParallelGroup: one, OnFailure: CONTINUE, Parameters: [\(parameters)]}

            """
        }
        let good = try Template.parse(text: text("{Name: count, Value: ['4']}"), file: "t.yaml").resolve()
        #expect(good.workflows.map(\.arn.name) == ["test/my-flow"])
        let uses = try good.pipeline().workflows
        #expect(uses.map(\.type) == [.build, .test] && uses.map(\.logicalID) == [nil, "W"])
        #expect(uses[1].onFailure == .continue && uses[1].parallelGroup == "one")
        #expect(uses[1].parameters == ["count": ["4"]])
        func errors(_ parameters: String) -> [String] {
            Problems.template(text(parameters)).filter { $0.contains(": error: ") }
        }
        let wrong = errors("{Name: count, Value: [four]}, {Name: cont, Value: [a]}")
        #expect(wrong.count == 2, "\(wrong)")
        #expect(wrong[0].hasSuffix("the parameter 'count' of the workflow 'test/my-flow' takes one whole number"))
        #expect(wrong[1].hasSuffix("the workflow 'test/my-flow' has no parameter 'cont' (did you mean 'count'?)"))
        let missing = errors("")
        #expect(missing.count == 1, "\(missing)")
        #expect(missing.first?.contains("the parameter 'count' of the workflow 'test/my-flow' has no default") == true)
    }
}
