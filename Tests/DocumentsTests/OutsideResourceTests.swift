import Documents
import Testing

@Suite("Resources that documents name and do not hold")
struct OutsideResourceTests {
    private static let account = "arn:aws:imagebuilder:us-east-1:000000000000"

    /// A pipeline with an infrastructure of its own, a recipe where a test wants one, and what else it adds.
    private static func template(components: [String], recipe: String? = nil, more: String = "") -> String {
        """
        Resources:
          Pipeline:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties:
              Name: web
              ImageRecipeArn: \(recipe ?? "!Ref Recipe")
              InfrastructureConfigurationArn: !Ref Infra
          Infra:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: infra, InstanceProfileName: profile}
          Recipe:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: recipe
              Version: 1.0.0
              ParentImage: ami-12345678
              Components: [\(components.map { "{ComponentArn: '\($0)'}" }.joined(separator: ", "))]
        \(more)
        """
    }

    private static func own(_ version: String) -> String {
        """
          Own:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: tool
              Version: \(version)
              Platform: Linux
              Data: '\(document(says: "own"))'
        """
    }

    private static func document(says word: String = "hello", parameter: String? = nil) -> String {
        let parameters = parameter.map { #""parameters": [{"\#($0)": {"type": "string"}}], "# } ?? ""
        return #"{"schemaVersion": "1.0", \#(parameters)"phases": [{"name": "build", "steps": "#
            + #"[{"name": "a", "action": "ExecuteBash", "inputs": {"commands": ["echo \#(word)"]}}]}]}"#
    }

    private static func component(_ path: String, _ text: String = document()) throws -> OutsideResource {
        try OutsideResource(
            component: ImageBuilderARN("\(account):component/\(path)"), .init(text: text, file: "\(path).yaml"))
    }

    private static func resolve(_ text: String, _ outside: [OutsideResource]) throws -> ResolvedTemplate {
        var context = TemplateContext(isKnown: { _ in false })
        context.outside = outside
        return try Template.parse(text: text, file: "t.yaml").resolve(context)
    }

    /// What a recipe's only component leads to.
    private static func target(_ reference: String, own: String? = nil, _ outside: [String]) throws -> String? {
        let text = template(components: ["\(account):component/\(reference)"], more: own.map(Self.own) ?? "")
        let resolved = try resolve(text, try outside.map { try component($0) })
        guard case .template(let id, let arn)? = resolved.recipes.first?.components.first?.reference else { return nil }
        #expect(resolved.component(id)?.arn == arn)
        return
            "\(resolved.component(id)?.isOutside == true ? "outside" : "own") \(arn.description.dropFirst(account.count + 1))"
    }

    @Test("a component is found as the template's own are, the newest that matches, those first")
    func components() throws {
        #expect(try Self.target("tool/1.0.0", ["tool/1.0.0"]) == "outside component/tool/1.0.0/1")
        #expect(
            try Self.target("tool/1.x.x", ["tool/1.2.0", "tool/1.10.0", "tool/2.0.0"])
                == "outside component/tool/1.10.0/1")
        #expect(
            try Self.target("tool/1.0.0/2", ["tool/1.0.0/1", "tool/1.0.0/2", "tool/1.0.0/3"])
                == "outside component/tool/1.0.0/2")
        #expect(try Self.target("tool/1.0.0", ["tool/1.0.0/1", "tool/1.0.0/3"]) == "outside component/tool/1.0.0/3")
        #expect(try Self.target("tool/x.x.x", own: "1.0.0", ["tool/2.0.0"]) == "own component/tool/1.0.0/1")
        #expect(try Self.target("tool/2.x.x", own: "1.0.0", ["tool/2.0.0"]) == "outside component/tool/2.0.0/1")
    }

    @Test("a recipe and what it names, an infrastructure and a distribution are the pipeline's like its own")
    func others() throws {
        let recipe = "\(Self.account):image-recipe/other/1.2.0"
        let text = Self.template(components: [], recipe: "'\(Self.account):image-recipe/other/1.x.x'")
            .replacing(
                "!Ref Infra",
                with:
                    "'\(Self.account):infrastructure-configuration/there'\n      DistributionConfigurationArn: '\(Self.account):distribution-configuration/far'"
            )
        let outside = [
            try OutsideResource(
                ImageBuilderARN(recipe),
                input: """
                    {"name": "Other", "semanticVersion": "1.2.0", "parentImage": "ami-12345678",
                     "components": [{"componentArn": "\(Self.account):component/tool/x.x.x"}]}
                    """),
            try Self.component("tool/1.0.0"),
            try OutsideResource(
                ImageBuilderARN("\(Self.account):infrastructure-configuration/there"),
                input: #"{"name": "there", "instanceProfileName": "p"}"#),
            try OutsideResource(
                ImageBuilderARN("\(Self.account):distribution-configuration/far"),
                input: #"{"name": "far", "distributions": [{"region": "eu-west-1"}]}"#),
        ]
        let resolved = try Self.resolve(text, outside)
        let pipeline = try resolved.pipeline()
        let found = try resolved.recipeToBuild(of: pipeline)
        #expect(found.name == "Other" && found.arn.description == recipe && found.components.count == 1)
        #expect(resolved.infrastructure(of: pipeline)?.name == "there")
        #expect(resolved.distribution(of: pipeline)?.distributions.map(\.region) == ["eu-west-1"])
        // None of them is registered, and who refers to one says what was written.
        var context = TemplateContext(isKnown: { _ in false })
        context.outside = outside
        let resources = try Template.parse(text: text, file: "t.yaml").resources(in: context)
        #expect(resources.map(\.logicalID) == ["Pipeline", "Infra", "Recipe"])
        #expect(resources[0].properties["ImageRecipeArn"]?.text == "\(Self.account):image-recipe/other/1.x.x")
    }

    @Test("what is wrong in a document is told of its file, and the parameters that it needs of the recipe")
    func problems() throws {
        let text = Self.template(components: ["\(Self.account):component/tool/1.0.0"])
        let broken = try Self.component("tool/1.0.0", "schemaVersion: 1.0\nphases: 3\n")
        #expect(
            Problems.lines { () throws(DocumentFailure) in
                do { _ = try Self.resolve(text, [broken]) } catch let failure as DocumentFailure { throw failure } catch
                {}
            }.first == "tool/1.0.0.yaml:2:9: error: 'phases' of the component must be a list, found the number 3")
        let needy = try Self.component("tool/1.0.0", Self.document(parameter: "Size"))
        #expect(
            Problems.lines { () throws(DocumentFailure) in
                do { _ = try Self.resolve(text, [needy]) } catch let failure as DocumentFailure { throw failure } catch
                {}
            } == [
                "t.yaml:17:35: error: the parameter 'Size' of the component 'tool' has no default and is not given "
                    + "(add it to the component's parameters in the recipe)"
            ])
    }

    @Test("secrets of what was found are the template's")
    func secrets() throws {
        let text = Self.template(components: ["\(Self.account):component/tool/1.0.0"])
        let found = try OutsideResource(
            ImageBuilderARN("\(Self.account):component/tool/1.0.0/1"),
            input: #"{"name": "tool", "semanticVersion": "1.0.0", "platform": "Linux"}"#,
            document: .init(text: Self.document(says: "swordfish"), file: "tool.yaml"), secrets: ["swordfish"])
        #expect(try Self.resolve(text, [found]).secrets == ["swordfish"])
    }

    @Test("what is nowhere is an error for who builds and a warning for who only checks")
    func missing() {
        let text = Self.template(
            components: [
                "\(Self.account):component/tool/1.0.0", "arn:aws:imagebuilder:us-east-1:aws:component/some/1.2.3/4",
            ],
            recipe: "'\(Self.account):image-recipe/other/1.0.0'")
        var set = DocumentSet()
        set.add(text: text, file: "t.yaml")
        let context = TemplateContext(isKnown: { _ in false })
        let found = set.validate(context)
        #expect(found.allSatisfy { $0.severity == .warning && $0.rule == .reference })
        #expect(
            found.map(\.description) == [
                "t.yaml:6:23: warning: the image recipe '\(Self.account):image-recipe/other/1.0.0' is not on this machine: "
                    + "kiln build will need it (add it to the template, or register it: kiln apply)",
                "t.yaml:17:35: warning: the component '\(Self.account):component/tool/1.0.0' is not on this machine: kiln "
                    + "build will need it (name its document under 'components' of kiln.yaml, or register it: kiln apply)",
                "t.yaml:17:119: warning: the component 'arn:aws:imagebuilder:us-east-1:aws:component/some/1.2.3/4' is not on "
                    + "this machine: kiln build will need it (name its document under 'components' of kiln.yaml: "
                    + "aws imagebuilder get-component --component-build-version-arn "
                    + "arn:aws:imagebuilder:us-east-1:aws:component/some/1.2.3/4 --query component.data --output text > FILE)",
            ])
        #expect(throws: DocumentFailure.self) { try set.resolve(context) }
    }

    @Test(
        "a document stands for the components that its pattern names",
        arguments: [
            ("arn:aws:imagebuilder:*:aws:component/stig/x.x.x", "us-east-1:aws:component/stig/x.x.x", "1.0.0"),
            ("arn:*:imagebuilder:*:*:component/stig", "eu-west-1:123456789012:component/stig/2.x.x", "2.0.0"),
            ("arn:aws:imagebuilder:*:aws:component/stig/1.x.x", "us-east-1:aws:component/stig/x.x.x", "1.0.0"),
            ("arn:aws:imagebuilder:*:aws:component/stig/1.4.2", "us-east-1:aws:component/stig/1.x.x", "1.4.2"),
            (
                "arn:aws:imagebuilder:*:aws:component/stig/x.x.x", "us-east-1:aws:component/stig/2021.01.01/3",
                "2021.01.01"
            ),
            ("arn:aws:imagebuilder:*:aws:component/stig/1.x.x", "us-east-1:aws:component/stig/2.x.x", nil),
            ("arn:aws:imagebuilder:*:aws:component/stig/1.4.2", "us-east-1:aws:component/stig/1.4.3", nil),
            ("arn:aws:imagebuilder:eu-west-1:aws:component/stig", "us-east-1:aws:component/stig/1.0.0", nil),
            ("arn:aws:imagebuilder:*:aws:component/stig", "us-east-1:123456789012:component/stig/1.0.0", nil),
            ("stig", "us-east-1:aws:component/stig/x.x.x", "1.0.0"),
            ("My_Tool", "us-east-1:123456789012:component/my-tool/3.1.0", "3.1.0"),
            ("stig", "us-east-1:aws:component/stig-low/x.x.x", nil),
            ("stig", "us-east-1:aws:image/stig/x.x.x", nil),
        ])
    func patterns(_ pattern: String, _ arn: String, _ version: String?) throws {
        let reference = try ImageBuilderARN("arn:aws:imagebuilder:\(arn)")
        #expect(try ComponentPattern(pattern).version(for: reference)?.description == version)
    }

    @Test("the settings' components are patterns with files, the nearest layer first")
    func settings() throws {
        let text = """
            components:
              arn:aws:imagebuilder:*:aws:component/stig: stig.yaml
              arn:aws:imagebuilder:*:aws:image/stig: stig.yaml
              my/tool: tool.yaml
              tool: ''
              other: [a]
            """
        #expect(
            Problems.lines { () throws(DocumentFailure) in
                _ = try KilnSettings.Layer.parse(text: text, file: "kiln.yaml")
            } == [
                "kiln.yaml:3:3: error: 'arn:aws:imagebuilder:*:aws:image/stig' names an image, expected a component "
                    + "(such as arn:aws:imagebuilder:*:aws:component/NAME/x.x.x, or NAME)",
                "kiln.yaml:4:3: error: 'my/tool' is neither the ARN of a component nor the name of one "
                    + "(such as arn:aws:imagebuilder:*:aws:component/NAME/x.x.x, or NAME)",
                "kiln.yaml:5:9: error: the document of 'tool' is empty",
                "kiln.yaml:6:10: error: the document of 'other' must be a text, found a list",
            ])
        var set = DocumentSet()
        set.add(text: "components: {tool: far.yaml}\n", file: "kiln.yaml")
        set.add(
            text: Self.template(components: []) + "\nMetadata: {Kiln: {components: {tool: near.yaml}}}\n",
            file: "t.yaml")
        #expect(set.diagnostics.isEmpty)
        #expect(
            set.componentFiles.map { "\($0.pattern) \($0.file.value) \($0.file.position.file)" } == [
                "tool near.yaml t.yaml", "tool far.yaml kiln.yaml",
            ])
    }
}
