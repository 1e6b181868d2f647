import Documents
import Testing

@Suite("Nested documents")
struct NestedDocumentTests {
    private static func step(_ document: String, _ more: String = "") -> String {
        """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Nest
                action: ExecuteDocument
                inputs:
                  document: \(document)
        \(more)
        """
    }

    /// What is said of a document beside others that it may run.
    private static func problems(_ text: String, _ files: [String: String] = [:]) -> [String] {
        struct Missing: Error {}
        var set = DocumentSet()
        set.add(text: text, file: "top.yaml")
        let context = TemplateContext(loadComponent: { uri in
            guard let text = files[uri] else { throw Missing() }
            return TemplateContext.LoadedDocument(text: text, file: uri)
        })
        return set.validate(context).map(\.description)
    }

    private static let leaf = """
        schemaVersion: 1.0
        parameters:
          - Needed: {type: string}
          - Optional: {type: string, default: x}
        phases: [{name: build, steps: [{name: A, action: ExecuteBash, inputs: {commands: ['{{ Needed }}']}}]}]
        """

    @Test("that cannot be read from here are left to the guest")
    func elsewhere() {
        #expect(Self.problems(Self.step("/srv/other.yaml")) == [])
        #expect(Self.problems(Self.step("'{{ build.A }}'")) == [])
    }

    @Test("are named by a path, an object of a bucket, or the ARN of a component")
    func names() {
        #expect(Self.problems(Self.step("s3://bucket/a.yaml")) == [])
        #expect(
            Self.problems(Self.step("s3://bucket")) == [
                "top.yaml:8:21: error: 's3://bucket' names no object of a bucket (s3://BUCKET/KEY)"
            ])
        let component = "arn:aws:imagebuilder:us-east-1:123456789012:component/a/1.0.0/1"
        #expect(Self.problems(Self.step(component)) == [])
        #expect(
            Self.problems(Self.step("arn:aws:s3:::bucket")) == [
                "top.yaml:8:21: error: 'arn:aws:s3:::bucket' is not the ARN of an Image Builder resource"
            ])
        #expect(
            Self.problems(Self.step("arn:aws:imagebuilder:us-east-1:123456789012:image-recipe/a/1.0.0")) == [
                "top.yaml:8:21: error: the ARN of a nested document names image-recipe, not a component"
            ])
    }

    @Test("get their parameters and have the phases that are asked for")
    func parameters() {
        let files = ["leaf.yaml": Self.leaf]
        #expect(
            Self.problems(Self.step("leaf.yaml"), files) == [
                "top.yaml:8:21: error: the parameter 'Needed' of the document 'leaf.yaml' has no default and is not given "
                    + "(add it to 'parameters' of the step 'Nest')"
            ])
        let given = "          parameters: [{name: Needed, value: a}]"
        #expect(Self.problems(Self.step("leaf.yaml", given), files) == [])
        let slips =
            "          parameters: [{name: Needed, value: a}, {name: Optinal, value: b}]\n          phases: biuld, build"
        #expect(
            Self.problems(Self.step("leaf.yaml", slips), files) == [
                "top.yaml:9:57: warning: the document 'leaf.yaml' has no parameter 'Optinal' (did you mean 'Optional'?)",
                "top.yaml:10:19: warning: the nested document has no phase 'biuld' (did you mean 'build'?)",
            ])
    }

    @Test("are checked themselves")
    func inside() {
        let bad = "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: A, action: Rebot}]}]"
        #expect(
            Self.problems(Self.step("bad.yaml"), ["bad.yaml": bad]) == [
                "bad.yaml:2:50: error: unknown action 'Rebot' (did you mean 'Reboot'?)"
            ])
    }

    @Test("do not run themselves, and nest three deep")
    func rings() {
        #expect(
            Self.problems(Self.step("a.yaml"), ["a.yaml": Self.step("top.yaml"), "top.yaml": ""]) == [
                "a.yaml:8:21: error: the document runs itself: top.yaml → a.yaml → top.yaml"
            ])
        let leaf = "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: A, action: Reboot}]}]"
        var files = ["a.yaml": Self.step("b.yaml"), "b.yaml": Self.step("c.yaml"), "c.yaml": leaf]
        #expect(Self.problems(Self.step("a.yaml"), files) == [])
        files["c.yaml"] = Self.step("d.yaml")
        files["d.yaml"] = leaf
        #expect(
            Self.problems(Self.step("a.yaml"), files) == [
                "c.yaml:8:21: error: documents nest at most 3 deep "
                    + "(this is top.yaml → a.yaml → b.yaml → c.yaml → d.yaml)"
            ])
    }

    /// What is said of a template with components whose one step runs another component.
    private static func problems(running targets: [(name: String, version: String, runs: String?)]) -> [String] {
        var text = "Resources:\n"
        for (index, target) in targets.enumerated() {
            let step =
                target.runs.map { "ExecuteDocument, inputs: {document: '\($0)'}" }
                ?? "ExecuteBash, inputs: {commands: ['true']}"
            text += """
                  C\(index):
                    Type: AWS::ImageBuilder::Component
                    Properties:
                      Name: \(target.name)
                      Version: \(target.version)
                      Platform: Linux
                      Data: |
                        schemaVersion: 1.0
                        phases: [{name: build, steps: [{name: A, action: \(step)}]}]

                """
        }
        var set = DocumentSet()
        set.add(text: text, file: "t.yaml")
        return set.validate().map(\.description)
    }

    @Test("by ARN are those of the template, wildcards and all")
    func template() {
        let arn = "arn:aws:imagebuilder:us-east-1:000000000000:component"
        for version in ["1.0.0", "1.0.0/1", "1.x.x", "x.x.x"] {
            #expect(Self.problems(running: [("one", "1.0.0", nil), ("two", "1.0.0", "\(arn)/one/\(version)")]) == [])
        }
        #expect(
            Self.problems(running: [("one", "1.0.0", nil), ("two", "1.0.0", "\(arn)/one/2.x.x")]) == [
                "t.yaml:19:94: warning: the component '\(arn)/one/2.x.x' is not on this machine: kiln build will "
                    + "need it (the template's is \(arn)/one/1.0.0/1)"
            ])
        let other = "arn:aws:imagebuilder:us-east-1:111111111111:component/one/1.0.0"
        #expect(Self.problems(running: [("one", "1.0.0", nil), ("two", "1.0.0", other)]).count == 1)
        let ring = Self.problems(running: [
            ("one", "1.0.0", "\(arn)/two/x.x.x"), ("two", "1.0.0", "\(arn)/one/1.0.0/1"),
        ])
        #expect(ring.count == 2)
        #expect(ring[0].contains("runs itself: \(arn)/two/1.0.0/1 → \(arn)/one/1.0.0/1 → \(arn)/two/1.0.0/1"))
        // The newest that the wildcard names is meant: an older version may run it.
        #expect(
            Self.problems(running: [("one", "1.0.0", "\(arn)/one/x.x.x"), ("one", "2.0.0", nil)]) == [])
    }
}
