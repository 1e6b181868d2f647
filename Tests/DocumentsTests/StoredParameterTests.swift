import Documents
import Testing

@Suite("Parameters of the Parameter Store")
struct StoredParameterTests {
    private static func document(_ text: String) -> String {
        """
        schemaVersion: 1.0
        parameters:
          - Name: {type: string, default: /app/version}
        phases:
          - name: build
            steps:
              - {name: A, action: ExecuteBash, inputs: {commands: ['\(text)']}}
        """
    }

    private static func problems(_ text: String, settings: String?) -> [String] {
        var set = DocumentSet()
        set.add(text: document(text), file: "c.yaml")
        if let settings { set.add(text: settings, file: "kiln.yaml") }
        return set.validate().map(\.description)
    }

    @Test(
        "need a value in the settings, but where their name is only known to the step",
        arguments: [
            ("{{ aws:ssm:/app/version }}", nil), ("{{ aws:ssm:resolve(Name) }}", nil),
            ("{{ aws:ssm:resolve(aws:ssm:/app/version) }}", nil),
            (
                "{{ aws:ssm:/app/verison }}",
                "'/app/verison' of the Parameter Store has no value here (did you mean '/app/version'?)"
            ),
            (
                "{{ aws:ssm:resolve(aws:ssm:other) }}",
                "'other' of the Parameter Store has no value here (give it one under 'ssm' of kiln.yaml)"
            ),
        ])
    func values(_ text: String, _ problem: String?) {
        let found = Self.problems(text, settings: "ssm: {/app/version: '1.2'}")
        #expect(found == (problem.map { ["c.yaml:7:61: error: the parameter \($0)"] } ?? []))
    }

    @Test("are mappings of names to texts, or to a value that may be secret")
    func mistakes() {
        let problems = Self.problems("ls", settings: "ssm:\n  /a: [b]\n  /c: {secret: true, hidden: 1}\n")
        #expect(
            problems.map { $0.prefix(20) } == ["kiln.yaml:2:7: error", "kiln.yaml:3:7: error", "kiln.yaml:3:22: erro"])
    }
}
