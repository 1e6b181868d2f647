import Foundation
import Testing

@testable import Documents

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures")

private func diagnose(_ text: String) -> [String] {
    let diagnostics = Diagnostics()
    _ = Template.parse(text, file: "t.yaml", context: TemplateContext(), diagnostics: diagnostics)
    return diagnostics.all.map(\.description)
}

@Suite struct TemplateTests {
    @Test("The nginx template resolves, references and all")
    func nginx() throws {
        let text = try String(contentsOf: fixtures.appending(path: "templates/nginx.yaml"), encoding: .utf8)
        let diagnostics = Diagnostics()
        let template = try #require(
            Template.parse(text, file: "nginx.yaml", context: TemplateContext(), diagnostics: diagnostics))
        #expect(diagnostics.all.map(\.description) == [])
        let recipe = try #require(template.recipes["Recipe"])
        #expect(recipe.components.map(\.logicalID) == ["UpdateOS", "Nginx"])
        #expect(recipe.parentImage == "arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/x.x.x")
        #expect(recipe.settings.firmware == "bios")
        #expect(template.pipelines["Pipeline"]?.recipe == "Recipe")
        #expect(template.pipelines["Pipeline"]?.distribution == "Distribution")
    }

    @Test("A syntax error has its place")
    func syntax() {
        let found = diagnose("Resources:\n  A: [1, 2\n  B: 3\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("t.yaml:3:") == true, "\(found)")
    }

    @Test("All that is wrong is told in one run, each with its place")
    func several() {
        let found = diagnose(
            """
            Resources:
              C:
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: c
                  Version: 1.0
                  Platfrom: Linux
                  Platform: Linux
                  Data: |
                    schemaVersion: 1.0
                    phases:
                      - name: build
                        steps:
                          - name: A
                            action: ExecuteBsh
                            onFailure: Retry
              R:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties:
                  Name: r
                  Version: 1.0.0
                  ParentImage: debian-12
                  Components:
                    - ComponentArn: !Ref Missing
            """)
        #expect(found.contains { $0.hasPrefix("t.yaml:6:16: error: Version must be three whole numbers") }, "\(found)")
        #expect(
            found.contains { $0.hasPrefix("t.yaml:7:7: error:") && $0.contains("did you mean Platform?") }, "\(found)")
        #expect(found.contains { $0.hasPrefix("t.yaml:15:") && $0.contains("did you mean ExecuteBash?") }, "\(found)")
        #expect(
            found.contains { $0.hasPrefix("t.yaml:16:") && $0.contains("onFailure must be Abort, Continue, Ignore") },
            "\(found)")
        #expect(
            found.contains { $0.hasPrefix("t.yaml:24:") && $0.contains("no parameter or resource Missing") }, "\(found)"
        )
    }

    @Test("Sub replaces parameters, pseudo parameters and attributes, and keeps ${!literals}")
    func substitution() throws {
        let text = """
            Parameters:
              Base: {Type: String, Default: debian-12}
            Resources:
              R:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties:
                  Name: r
                  Version: 1.0.0
                  ParentImage: !Sub "${Base}:${AWS::Region}:${!Kept}"
                  Components: []
            """
        let diagnostics = Diagnostics()
        let template = Template.parse(
            text, file: "t", context: TemplateContext(region: "eu-west-1"), diagnostics: diagnostics)
        #expect(template?.recipes["R"]?.parentImage == "debian-12:eu-west-1:${Kept}")
    }

    @Test("A secret's value is in no diagnostic", arguments: ["AllowedValues: [a, b]"])
    func secrets(rule: String) {
        let diagnostics = Diagnostics()
        let text = "Parameters:\n  P:\n    Type: String\n    NoEcho: true\n    \(rule)\nResources: {}\n"
        let template = Template.parse(
            text, file: "t", context: TemplateContext(parameters: ["P": "hunter2"]), diagnostics: diagnostics)
        #expect(template?.secrets == ["hunter2"])
        #expect(diagnostics.hasErrors && !diagnostics.all.contains { $0.message.contains("hunter2") })
    }
}

@Suite struct ComponentDocumentTests {
    private func diagnose(_ steps: String) -> [String] {
        let diagnostics = Diagnostics()
        let text = "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n" + steps
        _ = ComponentDocument.parse(text, file: "c.yaml", diagnostics: diagnostics)
        return diagnostics.all.map(\.description)
    }

    @Test("Defaults are AWS's: two hours, Abort, one attempt; -1 is no limit")
    func defaults() throws {
        let diagnostics = Diagnostics()
        let text = """
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - {name: A, action: ExecuteBash, inputs: {commands: [ls]}}
                  - {name: B, action: Reboot, timeoutSeconds: -1}
            """
        let document = try #require(ComponentDocument.parse(text, file: "c", diagnostics: diagnostics))
        #expect(diagnostics.all.isEmpty)
        let steps = document.phases[0].steps
        #expect(steps[0].timeoutSeconds == 7200 && steps[0].onFailure == .abort && steps[0].maxAttempts == 1)
        #expect(steps[1].timeoutSeconds == nil && steps[1].action == .reboot(delaySeconds: 0))
    }

    @Test(
        "What cannot be right is told with its place",
        arguments: [
            ("      - {name: A, action: ExecuteBash, inputs: {commands: []}}\n", "needs a command"),
            ("      - {name: A, action: ExecuteBash}\n", "needs inputs"),
            ("      - {name: A, action: S3Download, inputs: []}\n", "not run by this Kiln yet"),
            ("      - {name: A, action: Reboot, timeoutSeconds: 0}\n", "timeoutSeconds must be"),
            ("      - {name: A, action: Reboot, maxAttempts: 0}\n", "maxAttempts must be"),
            ("      - {name: A, action: Reboot}\n      - {name: A, action: Reboot}\n", "two steps named A"),
            (
                "      - {name: A, action: ExecuteBash, inputs: {commands: ['{{ build.B.outputs.stdout }}']}}\n",
                "not there"
            ),
            ("      - {name: A, action: ExecuteBash, inputs: {commands: ['{{ nope }}']}}\n", "names no parameter"),
        ])
    func wrong(steps: String, message: String) {
        let found = diagnose(steps)
        #expect(found.contains { $0.hasPrefix("c.yaml:") && $0.contains(message) }, "\(found)")
    }

    @Test("Braces that are no reference stay as they are")
    func braces() {
        #expect(
            Expression.parts("docker ps --format '{{json .}}' {{") == [
                .text("docker ps --format '{{json .}}"), .text("' {{"),
            ])
        #expect(Expression.evaluate("a {{ p }} b", value: { $0 == "p" ? "1" : nil }) == .success("a 1 b"))
    }
}

@Suite struct ParentCatalogTests {
    @Test(
        "References match by part, versions with x on either side",
        arguments: [
            ("arn:aws:imagebuilder:eu-west-1:aws:image/debian-12-x86/x.x.x", true),
            ("arn:aws-cn:imagebuilder:cn-north-1:aws:image/debian-12-x86/2024.1.7", true),
            ("arn:aws:imagebuilder:eu-west-1:aws:image/ubuntu-22-x86/x.x.x", false),
            ("debian-12", true), ("debian-1", false),
        ])
    func matching(reference: String, matches: Bool) throws {
        let text = try String(
            contentsOf: fixtures.deletingLastPathComponent().appending(path: "images/catalog.yaml"), encoding: .utf8)
        let diagnostics = Diagnostics()
        let catalog = try #require(ParentCatalog(text, file: "catalog.yaml", diagnostics: diagnostics))
        #expect(diagnostics.all.isEmpty)
        #expect((catalog.image(for: reference) == "debian-12") == matches)
    }
}
