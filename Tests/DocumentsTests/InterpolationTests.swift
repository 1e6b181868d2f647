import Documents
import Testing

@Suite("Chaining expressions")
struct InterpolationTests {
    @Test(
        "are told from other texts between braces",
        arguments: [
            ("{{ name }}", "variable name"), ("{{name}}", "variable name"), ("{{  my-name_2\n}}", "variable my-name_2"),
            ("{{ loop.index }}", "loop loop index"), ("{{ Hosts.value }}", "loop Hosts value"),
            ("{{ build.Step-1.outputs.stdout }}", "step build Step-1 outputs stdout"),
            ("{{ build.Get.inputs[1].destination }}", "step build Get inputs 1 destination"),
            ("{{ build.Get.inputs.commands[0] }}", "step build Get inputs commands 0"),
            ("{{ aws:ssm:/my/name }}", "ssm /my/name"),
            ("{{ aws:ssm:resolve(Stage-Name) }}", "ssm named by Stage-Name"),
            ("{{ aws:ssm:resolve( aws:ssm:/my/name ) }}", "ssm named by ssm /my/name"),
            ("{{ aws:ssm:resolve() }}", nil), ("{{ aws:ssm:resolve(aws:ssm:) }}", nil), ("{{ aws:ssm: }}", nil),
            ("{{ .Names }}", nil), ("{{ json .Config }}", nil), ("{{}}", nil), ("{{ a..b }}", nil), ("{{ a.b }}", nil),
            ("{{ a.b.c.d }}", nil), ("{{ a[0] }}", nil), ("{{ a.b.outputs[x].c }}", nil), ("{{ a", nil),
            ("} {{ }}", nil),
            ("{{ imagebuilder:buildDate }}", nil),
        ])
    func syntax(_ text: String, _ expected: String?) {
        let expressions = Interpolation(text).expressions
        #expect(expressions.first.map { Self.describe($0.reference) } == expected)
        #expect(expressions.count == (expected == nil ? 0 : 1))
    }

    private static func describe(_ reference: ChainingExpression.Reference) -> String {
        switch reference {
        case .variable(let name): "variable \(name)"
        case .loop(let name, let field): "loop \(name) \(field)"
        case .systemsManager(.literal(let name)): "ssm \(name)"
        case .systemsManager(.variable(let name)): "ssm named by \(name)"
        case .systemsManager(.parameter(let name)): "ssm named by ssm \(name)"
        case .step(let phase, let step, let source, let path):
            (["step", phase, step, source.rawValue]
                + path.map {
                    switch $0 {
                    case .key(let key): key
                    case .index(let index): String(index)
                    }
                }).joined(separator: " ")
        }
    }

    @Test("get their values, and stay as written where there is none")
    func evaluate() {
        let text = Interpolation("a {{ one }}{{two}} {{ .Go }} {{{{ one }} {{ loop.value }} {{")
        let result = text.evaluate { expression in
            switch expression.reference {
            case .variable(let name): "<\(name)>"
            default: nil
            }
        }
        #expect(result == "a <one><two> {{ .Go }} {{<one> {{ loop.value }} {{")
    }

    @Test("a value with braces is not read again")
    func notTwice() {
        #expect(Interpolation("{{ one }}").evaluate { _ in "{{ two }}" } == "{{ two }}")
    }

    @Test("an error of the lookup ends the evaluation")
    func failing() {
        struct Missing: Error, Equatable { let name: String }
        #expect(throws: Missing(name: "one")) {
            try Interpolation("{{ one }}").evaluate { expression throws(Missing) in throw Missing(name: expression.text)
            }
        }
    }

    private static func document(_ command: String, phase: String = "build") -> String {
        """
        schemaVersion: 1.0
        parameters:
          - Name: {type: string, default: x}
        phases:
          - name: build
            steps:
              - {name: first, action: ExecuteBash, inputs: {commands: [ls]}}
              - {name: boot, action: Reboot}
          - name: \(phase == "build" ? "validate" : phase)
            steps:
              - name: second
                action: ExecuteBash
                inputs:
                  commands:
                    - echo "\(command)"
              - {name: third, action: ExecuteBash, inputs: {commands: [ls]}}
        """
    }

    static let references = [
        Case("a parameter", document("{{ Name }}")),
        Case("an earlier output", document("{{ build.first.outputs.stdout }}")),
        Case("an earlier input", document("{{ build.first.inputs.commands[0] }}")),
        Case("another template language", document("{{ .Name }} {{ range .Items }}")),
        Case(
            "an unknown name", document("{{ Nam }}"),
            "c.yaml:15:21: error: 'Nam' is neither a parameter nor a constant of the component (did you mean 'Name'?)"),
        Case(
            "an unknown phase", document("{{ biuld.first.outputs.stdout }}"),
            "c.yaml:15:21: error: '{{ biuld.first.outputs.stdout }}' refers to the phase 'biuld', which is not here "
                + "(did you mean 'build'?)"),
        Case(
            "an unknown step", document("{{ build.frist.outputs.stdout }}"),
            "c.yaml:15:21: error: '{{ build.frist.outputs.stdout }}' refers to the step 'frist', which is not in the "
                + "phase 'build' (did you mean 'first'?)"),
        Case(
            "a later step", document("{{ validate.third.outputs.stdout }}"),
            "c.yaml:15:21: error: '{{ validate.third.outputs.stdout }}' refers to a step that does not run before this one"
        ),
        Case(
            "itself", document("{{ validate.second.inputs.commands[0] }}"),
            "c.yaml:15:21: error: '{{ validate.second.inputs.commands[0] }}' refers to a step that does not run before "
                + "this one"),
        Case(
            "an output that is not there", document("{{ build.first.outputs.stderr }}"),
            "c.yaml:15:21: error: '{{ build.first.outputs.stderr }}': ExecuteBash has no such output (it has stdout)"),
        Case(
            "an output of a module without any", document("{{ build.boot.outputs.stdout }}"),
            "c.yaml:15:21: error: '{{ build.boot.outputs.stdout }}': Reboot has no such output (it has none)"),
        Case(
            "an input that is not there", document("{{ build.first.inputs.commands[1] }}"),
            "c.yaml:15:21: error: '{{ build.first.inputs.commands[1] }}' does not lead to a text of the step 'first'"),
        Case("the Parameter Store", document("{{ aws:ssm:/name }}")),
        Case(
            "two mistakes in one text, behind a letter outside of ASCII", document("é {{ One }} {{ Two }}"),
            "c.yaml:15:23: error: 'One' is neither a parameter nor a constant of the component (expected Name)",
            "c.yaml:15:33: error: 'Two' is neither a parameter nor a constant of the component (expected Name)"),
    ]

    @Test("must lead to something that is there when the step starts", arguments: references)
    func check(_ test: Case) {
        #expect(Problems.component(test.text) == test.expected)
    }

    @Test("to an output of the build from the test phase is warned of")
    func acrossGuests() {
        var set = DocumentSet()
        set.add(text: Self.document("{{ build.first.outputs.stdout }}", phase: "test"), file: "c.yaml")
        #expect(
            set.diagnostics.map(\.description) == [
                "c.yaml:15:21: warning: the test phase runs on a fresh guest, where the outputs of 'build' are not known"
            ])
    }
}
