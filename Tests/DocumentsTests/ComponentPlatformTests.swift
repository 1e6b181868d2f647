import Documents
import Testing

@Suite("Components in templates")
struct ComponentPlatformTests {
    private func template(_ steps: String, platform: String = "Linux") -> String {
        """
        Resources:
          Tool:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: tool
              Version: 1.0.0
              Platform: \(platform)
              Data: |
                schemaVersion: 1.0
                phases:
                  - name: build
                    steps: [\(steps)]
        """
    }

    private func problems(_ text: String, strict: Bool = false) -> [String] {
        var set = DocumentSet()
        set.add(text: text, file: "t.yaml")
        return set.validate(strict: strict).map { "\($0) [\($0.rule.rawValue)]" }
    }

    @Test("an action of another platform is an error, PowerShell a warning")
    func actions() {
        #expect(
            problems(template("{name: A, action: SetRegistry, inputs: [{path: a, name: b, value: c, type: SZ}]}")) == [
                "t.yaml:12:21: error: the action SetRegistry of the step 'A' is for Windows, and the component is for Linux "
                    + "[KILN1010]"
            ])
        #expect(
            problems(template("{name: A, action: ExecutePowerShell, inputs: {commands: [ls]}}")) == [
                "t.yaml:12:21: warning: the action ExecutePowerShell of the step 'A' is for Windows, and the component is "
                    + "for Linux (Kiln runs it where pwsh is installed, AWS does not) [KILN1010]"
            ])
    }

    @Test("inputs that Windows does not know are told")
    func fields() {
        let found = problems(
            template("{name: A, action: CreateFile, inputs: [{path: a, owner: root}]}", platform: "Windows"))
        #expect(found.contains("t.yaml:12:70: error: 'owner' of CreateFile is not for Windows [KILN1010]"))
    }

    @Test("scripts in templates are looked at too, and secrets of the template stay hidden")
    func strict() {
        #expect(
            problems(template("{name: A, action: ExecuteBash, inputs: {commands: [sudo ls]}}"), strict: true) == [
                "t.yaml:12:72: warning: the script of the step 'A' runs as root: sudo is not needed [KILN2002]"
            ])
    }

    @Test("a document in double quotes is placed by its own lines")
    func escaped() {
        let text = """
            Resources:
              Tool:
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: tool
                  Version: 1.0.0
                  Platform: Linux
                  Data: "schemaVersion: 1.0\\nphases:\\n  - name: build\\n    steps: [{name: A, action: ExecuteBash, inputs: {commands: [reboot]}}]"
            """
        #expect(
            problems(text, strict: true) == [
                "t.yaml:2:3: warning: line 4, column 64 of the document: 'reboot' takes the guest away under the step "
                    + "(exit with 194, or use a Reboot step) [KILN2004]"
            ])
    }

    @Test("sizes beyond the service's quotas are told")
    func quotas() {
        let long = String(repeating: "# a comment of forty letters, more or less\n", count: 1600)
        var set = DocumentSet()
        set.add(
            text: "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: A, action: Reboot}]}]\n" + long,
            file: "c.yaml")
        let found = set.validate()
        #expect(found.map(\.rule) == [.quota])
        #expect(found.map(\.severity) == [.warning])
        let parameters = (1...26).map {
            "  - Name\($0): {type: string, default: \(String(repeating: "x", count: 1000 + $0))}"
        }
        set = DocumentSet()
        set.add(
            text: "schemaVersion: 1.0\nparameters:\n\(parameters.joined(separator: "\n"))\n"
                + "phases: [{name: build, steps: [{name: A, action: Reboot}]}]\n", file: "c.yaml")
        #expect(
            set.validate().map(\.description) == [
                "c.yaml:27:5: warning: the default of the parameter 'Name25' has 1025 characters; Image Builder takes 1024 "
                    + "unless the quota is raised",
                "c.yaml:28:5: warning: the component has 26 parameters; Image Builder takes 25 unless the quota is raised",
                "c.yaml:28:5: warning: the default of the parameter 'Name26' has 1026 characters; Image Builder takes 1024 "
                    + "unless the quota is raised",
            ])
    }
}
