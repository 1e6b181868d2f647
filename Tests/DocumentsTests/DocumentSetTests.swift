import Documents
import Testing

@Suite("Sets of documents")
struct DocumentSetTests {
    @Test(
        "a file's kind is told by its keys",
        arguments: [
            ("Resources: {}", DocumentKind.template), ("AWSTemplateFormatVersion: x", .template),
            ("phases: []", .component), ("schemaVersion: 1.0", .component), ("cpus: 2", .settings),
            ("components: {update-linux: u.yaml}", .settings),
            ("images: []", .imageCatalog),
            (#"{"name": "a", "semanticVersion": "1.0.0", "platform": "Linux"}"#, .commandInput(.createComponent)),
            (#"{"semanticVersion": "1.0.0", "parentImage": "x"}"#, .commandInput(.createImageRecipe)),
            (#"{"instanceProfileName": "x"}"#, .commandInput(.createInfrastructureConfiguration)),
            (#"{"distributions": []}"#, .commandInput(.createDistributionConfiguration)),
            (#"{"infrastructureConfigurationArn": "x"}"#, .commandInput(.createImagePipeline)),
            (#"{"name": "a", "semanticVersion": "1.0.0", "type": "TEST"}"#, .commandInput(.createWorkflow)),
            ("schemaVersion: 1.0\nsteps: []", .workflow),
            ("hello: world", nil), ("- a", nil), ("a: [", nil), ("", nil),
        ])
    func kinds(_ text: String, _ kind: DocumentKind?) {
        #expect(DocumentKind.detect(text: text, file: "f") == kind)
    }

    @Test("problems of all files are told in one run")
    func together() {
        var set = DocumentSet()
        set.add(text: "schemaVersion: 1.0\nphases: 3\n", file: "a.yaml")
        set.add(bytes: [0x61, 0xFF], file: "b.yaml")
        set.add(text: "Resources: {A: {Type: AWS::ImageBuilder::Component, Properties: {Name: abc}}}\n", file: "c.yaml")
        set.add(text: "hello: world\n", file: "d.yaml")
        set.add(text: "- 1\n", file: "e.yaml")
        set.add(text: "cpus: many\n", file: "kiln.yaml")
        set.add(text: "a: [\n", file: "g.yaml")
        #expect(
            set.validate().map(\.description) == [
                "a.yaml:2:9: error: 'phases' of the component must be a list, found the number 3",
                "b.yaml:1:2: error: the file is not UTF-8 (save it as UTF-8)",
                "d.yaml:1:1: error: this is no document that Kiln knows "
                    + "(a template has 'Resources', a component 'schemaVersion' and 'phases')",
                "e.yaml:1:1: error: a document must be a mapping, found a list",
                "kiln.yaml:1:7: error: 'cpus' of the settings must be a whole number, found the text 'many'",
                "g.yaml:2:1: error: YAML syntax: did not find expected node content "
                    + "while parsing a flow node that starts at line 2",
                "c.yaml:1:65: error: A (AWS::ImageBuilder::Component) needs 'Version'",
                "c.yaml:1:65: error: A (AWS::ImageBuilder::Component) needs 'Platform'",
                "c.yaml:1:65: error: A (AWS::ImageBuilder::Component) needs 'Data' or 'Uri'",
            ])
        #expect(throws: DocumentFailure.self) { try set.resolve() }
    }

    private static let inputs = [
        "create-component", "create-image-recipe", "create-infrastructure-configuration",
        "create-distribution-configuration", "create-image-pipeline", "create-lifecycle-policy",
    ]

    private func inputs(changing: (String, String) -> String = { $1 }) throws -> DocumentSet {
        var set = DocumentSet()
        for name in Self.inputs {
            set.add(text: changing(name, try Fixture.text("documents/cli/\(name).json")), file: "\(name).json")
        }
        return set
    }

    @Test("inputs of AWS CLI commands make one template")
    func commandInputs() throws {
        let resolved = try inputs().resolve()
        let template = try #require(resolved.first)
        #expect(resolved.count == 1)
        #expect(template.warnings == [])
        let pipeline = try template.pipeline()
        #expect(pipeline.name == "cli-pipeline")
        #expect(pipeline.schedule?.timezone == "Etc/UTC")
        let recipe = try #require(template.recipe(of: pipeline))
        guard case .template(let id, _)? = recipe.components.first?.reference else {
            Issue.record("\(recipe.components)")
            return
        }
        #expect(template.component(id)?.name == "hello")
        let distribution = try #require(template.distribution(of: pipeline)?.distributions.first)
        #expect(distribution.s3Export?.format == .vmdk)
        #expect(distribution.ami?.launchPermission?.userIDs == ["123456789012"])
        #expect(template.infrastructure(of: pipeline)?.logs?.bucket == "logs")
        let policy = try #require(template.lifecyclePolicies.first)
        #expect(policy.rules.map(\.action) == [.delete] && policy.rules.map(\.filter.value) == [5])
        #expect(policy.rules.first?.included == [.amis, .snapshots])
        guard case .recipes(let recipes) = policy.selection else {
            Issue.record("\(policy.selection)")
            return
        }
        #expect(recipes.map(\.name) == ["cli-recipe"] && recipes.map(\.version.description) == ["1.x.x"])
    }

    @Test("mistakes in them are told in the names they use")
    func commandInputMistakes() throws {
        let set = try inputs { name, text in
            switch name {
            case "create-component":
                text.replacing("\"semanticVersion\": \"1.0.0\"", with: "\"semanticVersion\": \"1.0\"")
            case "create-image-pipeline": text.replacing("\"status\"", with: "\"Status\"")
            case "create-image-recipe": text.replacing("\"parentImage\": \"", with: "\"parentImage\": \"!")
            case "create-lifecycle-policy": text.replacing("\"COUNT\"", with: "\"AGE\"")
            default: text
            }
        }
        #expect(
            set.validate().map(\.description) == [
                "create-component.json:3:22: error: '1.0' is not a version of hello (AWS::ImageBuilder::Component) "
                    + "(expected three numbers: 1.0.0)",
                "create-image-pipeline.json:11:3: error: unknown key 'Status' in clipipeline "
                    + "(AWS::ImageBuilder::ImagePipeline) (did you mean 'status'?)",
                "create-image-recipe.json:4:18: error: '!ami-0abcdef1234567890' is no parent image: expected an image ARN, "
                    + "an AMI ID, ssm:NAME, or the name of a local image",
                "create-image-recipe.json:6:22: warning: the component "
                    + "'arn:aws:imagebuilder:us-east-1:000000000000:component/hello/1.x.x' is not on this machine: "
                    + "kiln build will need it "
                    + "(name its document under 'components' of kiln.yaml, or register it: kiln apply)",
                "create-lifecycle-policy.json:10:17: error: a filter of the type AGE needs 'unit' "
                    + "(DAYS, WEEKS, MONTHS or YEARS)",
            ])
    }

    @Test("damaged documents end in errors or documents, never otherwise")
    func damage() throws {
        var generator = Generator(state: 20_240_501)
        let texts = try ["templates/nginx.yaml", "templates/minimal.json", "documents/component.yaml"].map {
            Array(try Fixture.text($0).utf8)
        }
        let pieces = [
            "!Ref x", "{{ ", " }}", "${", "}", "\n", "  ", ": ", "- ", "&a ", "*a", "[", "{", "\"", "'", "|", "\t", "~",
            "0",
        ]
        for round in 0..<300 {
            var bytes = texts[round % texts.count]
            for _ in 0...(round % 4) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: index)
                case 1: bytes.insert(contentsOf: Array((pieces.randomElement(using: &generator) ?? "").utf8), at: index)
                default: bytes.replaceSubrange(index..<min(bytes.count, index + 20), with: [])
                }
            }
            var set = DocumentSet()
            set.add(bytes: bytes, file: "damaged")
            let problems = set.validate()
            let isWhole = !problems.contains { $0.severity == .error }
            #expect(((try? set.resolve()) != nil) == isWhole)
            #expect(problems.allSatisfy { $0.position.line >= 1 && $0.position.column >= 1 })
        }
    }

    /// The same numbers every time (xorshift).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
