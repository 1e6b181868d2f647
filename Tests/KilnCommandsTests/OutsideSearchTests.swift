import ArgumentParser
import Documents
import Failures
import Foundation
import HostSystem
import Store
import SystemPackage
import Testing

@testable import Builds
@testable import KilnCommands

@Suite("What a template names and does not hold") struct OutsideSearchTests {
    private static let own = "arn:aws:imagebuilder:us-east-1:000000000000"
    private static let amazon = "arn:aws:imagebuilder:us-east-1:aws"

    private static func component(says word: String) -> String {
        """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - {name: s, action: ExecuteBash, inputs: {commands: ['echo \(word)']}}

        """
    }

    /// A pipeline whose recipe has these components.
    private static func template(_ components: [String], infrastructure: String = "!Ref Infra") -> String {
        """
        Resources:
          Pipeline:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties: {Name: web, ImageRecipeArn: !Ref Recipe, InfrastructureConfigurationArn: \(infrastructure)}
          Infra:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: infra, InstanceProfileName: p}
          Recipe:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: web
              Version: 1.0.0
              ParentImage: debian-12
              Components: [\(components.map { "{ComponentArn: '\($0)'}" }.joined(separator: ", "))]

        """
    }

    /// A folder with documents, and a home of its own.
    private struct Bench {
        let folder: FilePath
        var home: KilnHome { KilnHome(data: folder.appending("home"), cache: folder.appending("cache")) }
        var template: FilePath { folder.appending("t.yaml") }

        func write(_ name: String, _ text: String) throws {
            let file = folder.appending(name)
            try Folders.create(file.removingLastComponent())
            try DurableFile.write(Array(text.utf8), to: file)
        }

        /// Registers a template's resources in the home.
        func apply(_ text: String) async throws {
            var documents = DocumentSet()
            documents.add(text: text, file: "applied.yaml")
            var context = TemplateContext()
            context.isKnown = { _ in true }
            let application = try TemplateApplication(documents, context)
            _ = try await KilnStore.using(home.database, account: Account(account: "000000000000")) {
                try await application.apply(to: $0)
            }
        }

        func load() async throws -> LoadedTemplate {
            try await TemplateOptions.parse([]).loadAll([template.string], home: home)
        }

        func plan() async throws -> BuildPlan {
            let loaded = try await load()
            return try BuildPlan.make(from: loaded.template, pipeline: nil, file: loaded.settings, base: "/")
        }

        /// What each step's document says.
        func said() async throws -> [String] {
            try await plan().steps.map { step in
                let command = step.document.source.split(separator: "echo ").last ?? ""
                return "\(step.name) \(step.version) \(command.prefix { $0.isLetter })"
            }
        }

        func problems(_ arguments: [String] = []) async throws -> [String] {
            let command = try ValidateCommand.parse(arguments + [template.string])
            return try await command.problems(home: home).map {
                "\($0)".replacing("\(folder)/", with: "")
            }
        }
    }

    private func withBench(_ text: String, _ body: (Bench) async throws -> Void) async throws {
        let bench = Bench(folder: FilePath("/tmp/kiln-outside-\(UUID().uuidString.prefix(8))"))
        try Folders.create(bench.folder)
        defer { try? Folders.remove(bench.folder) }
        try bench.write("t.yaml", text)
        try await body(bench)
    }

    @Test("a component whose document kiln.yaml names is built, checked and bundled, and not registered")
    func settings() async throws {
        try await withBench(Self.template(["\(Self.amazon):component/stig-build-linux/x.x.x"])) { bench in
            try bench.write(
                "kiln.yaml",
                "components: {'arn:aws:imagebuilder:*:aws:component/stig-build-linux/2024.1.x': components/stig.yaml}\n"
            )
            try bench.write("components/stig.yaml", Self.component(says: "stig"))
            #expect(try await bench.said() == ["stig-build-linux 2024.1.0 stig"])
            #expect(
                try await bench.problems() == [
                    "t.yaml:13:20: warning: the parent 'debian-12' is a local image's name, which AWS does not know "
                        + "(an image ARN, an AMI ID or ssm:NAME deploys as well)"
                ])
            #expect(!Folders.exists(bench.home.database))
            let loaded = try await bench.load()
            var context = loaded.context
            context.isKnown = { _ in true }
            let wanted = try TemplateApplication(loaded.documents, context).wanted
            #expect(wanted.map(\.logicalID) == ["Recipe", "Infra", "Pipeline"])
            try await bench.apply(Self.template(["\(Self.amazon):component/stig-build-linux/x.x.x"]))
            let bundled = try await BundleDocuments([bench.template.string], TemplateOptions.parse([]), pipeline: nil)
            #expect(
                bundled.items.map(\.path) == [
                    "documents/components/stig.yaml", "documents/kiln.yaml", "documents/t.yaml",
                ])
            // What is wrong in it is told with its place.
            try bench.write("components/stig.yaml", "schemaVersion: 1.0\nphases: 3\n")
            let problems = try await bench.problems()
            #expect(
                problems.contains(
                    "components/stig.yaml:2:9: error: 'phases' of the component must be a list, found the number 3"))
        }
    }

    @Test("a document that is not there is an error where it is named")
    func noFile() async throws {
        try await withBench(Self.template(["\(Self.own):component/tool/1.0.0"])) { bench in
            try bench.write("kiln.yaml", "components:\n  tool: gone.yaml\n")
            let failure = await #expect(throws: DocumentFailure.self) { try await bench.plan() }
            let said = failure?.diagnostics.map { "\($0)".replacing("\(bench.folder)/", with: "") } ?? []
            #expect(said.count == 1)
            #expect(
                said.first?.hasPrefix(
                    "kiln.yaml:2:9: error: the document of the component '\(Self.own):component/tool/1.0.0' cannot be read: "
                )
                    == true)
            #expect(said.first?.hasSuffix(" (it is relative to the file that names it)") == true)
            #expect(try await bench.problems().contains { $0.hasPrefix("kiln.yaml:2:9: error: ") })
            try bench.write("kiln.yaml", "components:\n  tool: s3://documents/tool.yaml\n")
            let problems = try await bench.problems()
            #expect(
                problems.contains(
                    "kiln.yaml:2:9: error: the document of the component '\(Self.own):component/tool/1.0.0' is not on this "
                        + "machine (save it beside the file that names it, and give its path)"))
        }
    }

    private static let applied = """
        Parameters:
          Word: {Type: String, NoEcho: true, Default: swordfish}
        Resources:
          Infra:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: other-infra, InstanceProfileName: q, InstanceTypes: [t3.small], SnsTopicArn: 'arn:aws:sns:us-east-1:000000000000:topic'}
          Distribution:
            Type: AWS::ImageBuilder::DistributionConfiguration
            Properties: {Name: other-far, Distributions: [{Region: eu-west-1, AmiDistributionConfiguration: {Name: 'x {{ imagebuilder:buildDate }}'}}]}
          Recipe:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: other_recipe
              Version: 2.1.0
              ParentImage: debian-12
              BlockDeviceMappings: [{DeviceName: /dev/xvda, Ebs: {VolumeSize: 9}}]
              Components:
                - ComponentArn: !Ref Component
                  Parameters: [{Name: word, Value: [given]}]
          Component:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: Other_Tool
              Version: 1.0.0
              Platform: Linux
              Data: !Sub |
                schemaVersion: 1.0
                parameters:
                  - word: {type: string}
                phases:
                  - name: build
                    steps:
                      - {name: s, action: ExecuteBash, inputs: {commands: ['echo {{ word }} ${Word}']}}
          Flow:
            Type: AWS::ImageBuilder::Workflow
            Properties:
              Name: other-flow
              Version: 1.0.0
              Type: TEST
              Data: |
                name: other-flow
                schemaVersion: 1.0
                steps:
                  - {name: Wait, action: WaitForAction}
        """

    @Test("what is registered in this home is built as it is there, its secrets among the template's")
    func registered() async throws {
        let text = """
            Resources:
              Pipeline:
                Type: AWS::ImageBuilder::ImagePipeline
                Properties:
                  Name: web
                  ImageRecipeArn: \(Self.own):image-recipe/other-recipe/2.x.x
                  InfrastructureConfigurationArn: \(Self.own):infrastructure-configuration/other-infra
                  DistributionConfigurationArn: \(Self.own):distribution-configuration/other-far
                  Workflows: [{WorkflowArn: '\(Self.own):workflow/test/other-flow/1.0.0/1'}]

            """
        try await withBench(text) { bench in
            // Nothing is registered, and nothing is made by looking.
            await #expect(throws: DocumentFailure.self) { try await bench.plan() }
            #expect(!Folders.exists(bench.home.database))
            try await bench.apply(Self.applied)
            let loaded = try await bench.load()
            let plan = try BuildPlan.make(from: loaded.template, pipeline: nil, base: "/")
            #expect(plan.name == "other_recipe" && plan.version == "2.1.0" && plan.diskGiB == 9)
            #expect(
                plan.steps.map { "\($0.name) \($0.version) \($0.parameters)" } == [
                    "Other_Tool 1.0.0 [\"word\": \"given\"]"
                ])
            #expect(plan.steps.first?.document.source.contains("swordfish") == true)
            #expect(plan.secrets.contains("swordfish"))
            #expect(loaded.template.infrastructure(of: plan.pipeline)?.instanceTypes == ["t3.small"])
            #expect(loaded.template.distribution(of: plan.pipeline)?.distributions.map(\.region) == ["eu-west-1"])
            #expect(
                plan.pipeline.workflows.map { loaded.template.workflow($0.logicalID ?? "")?.name } == ["other-flow"])
            #expect(try await bench.problems().isEmpty)
            // The pipeline alone is this template's to register, on what is there.
            let application = try TemplateApplication(loaded.documents, loaded.context)
            let applied = try await KilnStore.using(bench.home.database, account: Account(account: "000000000000")) {
                try await application.apply(to: $0)
            }
            #expect(applied.map(\.arn) == ["\(Self.own):image-pipeline/web"])
        }
    }

    @Test("the template's own come first, then kiln.yaml's, then what is registered, then Kiln's")
    func order() async throws {
        let update = "\(Self.amazon):component/update-linux/x.x.x"
        try await withBench(Self.template(["\(Self.own):component/other-tool/x.x.x", update])) { bench in
            let registered = Self.applied.replacing(
                "- word: {type: string}", with: "- word: {type: string, default: a}"
            )
            .replacing("echo {{ word }}", with: "echo stored")
            try await bench.apply(registered)
            #expect(try await bench.said().first == "Other_Tool 1.0.0 stored")
            #expect(try await bench.plan().steps.last?.document.phases.first?.steps.map(\.action) == [.updateOS])
            try bench.write("kiln.yaml", "components: {other-tool: a.yaml, update-linux: b.yaml}\n")
            try bench.write("a.yaml", Self.component(says: "named"))
            try bench.write("b.yaml", Self.component(says: "mine"))
            #expect(try await bench.said() == ["other-tool 1.0.0 named", "update-linux 1.0.0 mine"])
            let own = """
                  Own:
                    Type: AWS::ImageBuilder::Component
                    Properties:
                      Name: Other Tool
                      Version: 0.1.0
                      Platform: Linux
                      Data: |
                        \(Self.component(says: "own").replacing("\n", with: "\n        "))
                """
            let first = try await bench.plan().steps
            try bench.write("t.yaml", Self.template(["\(Self.own):component/other-tool/x.x.x", update]) + own)
            #expect(try await bench.said() == ["Other Tool 0.1.0 own", "update-linux 1.0.0 mine"])
            #expect(first.last?.digest == (try await bench.plan().steps.last?.digest))
        }
    }

    @Test("Kiln's own stand for Amazon's simple components in any version, and are valid to the last rule")
    func standIns() async throws {
        let folder = try #require(ComponentFolder.find())
        let names = try Folders.names(in: folder).map { String($0.dropLast(".yaml".count)) }.sorted()
        #expect(names == ["hello-world-linux", "reboot-linux", "simple-boot-test-linux", "update-linux"])
        for name in names {
            var set = DocumentSet()
            set.add(bytes: try Folders.read(folder.appending("\(name).yaml")), file: "\(name).yaml")
            #expect(set.validate(strict: true).isEmpty && set.components.first?.document.name == name)
        }
        let versions = ["x.x.x", "1.0.x", "1.0.0/1", "2020.8.4"]
        let references = zip(names, versions).map { "arn:aws:imagebuilder:us-east-1:aws:component/\($0)/\($1)" }
        try await withBench(Self.template(references)) { bench in
            let steps = try await bench.plan().steps
            #expect(steps.map(\.name) == names && steps.map(\.version) == ["1.0.0", "1.0.0", "1.0.0", "2020.8.4"])
            #expect(try await bench.problems().count == 1)
        }
        // Of an account's own component of that name they know nothing.
        #expect(try ComponentFolder.component(ImageBuilderARN("\(Self.own):component/update-linux/1.0.0")) == nil)
    }

    @Test("what is nowhere is an error with a way out for kiln build, and a warning for kiln validate")
    func nowhere() async throws {
        let references = ["\(Self.own):component/tool/1.0.0", "\(Self.amazon):component/stig-build-linux/x.x.x"]
        try await withBench(Self.template(references)) { bench in
            let failure = await #expect(throws: DocumentFailure.self) { try await bench.load() }
            let errors = failure?.diagnostics.filter { $0.severity == .error } ?? []
            #expect(
                errors.map { "\($0.position.line):\($0.position.column) \($0.message)" }
                    == references.enumerated().map {
                        "14:\([35, 119][$0]) the component '\($1)' is neither in the template nor on this machine"
                    })
            #expect(
                errors.first?.hint == "name its document under 'components' of kiln.yaml, or register it: kiln apply")
            #expect(errors.last?.hint?.contains("aws imagebuilder get-component ") == true)
            let warnings = try await bench.problems().filter { $0.contains("on this machine") }
            #expect(warnings.count == 2)
            #expect(
                warnings.first
                    == "t.yaml:14:35: warning: the component '\(Self.own):component/tool/1.0.0' is not on this "
                    + "machine: kiln build will need it "
                    + "(name its document under 'components' of kiln.yaml, or register it: kiln apply)")
        }
    }

    @Test("a document that another runs by ARN is found as well")
    func nested() async throws {
        try await withBench(Self.template(["\(Self.own):component/outer/1.0.0"])) { bench in
            try bench.write("kiln.yaml", "components: {outer: outer.yaml, inner: inner.yaml}\n")
            try bench.write(
                "outer.yaml",
                """
                schemaVersion: 1.0
                phases:
                  - name: build
                    steps:
                      - {name: s, action: ExecuteDocument, inputs: {document: '\(Self.own):component/inner/x.x.x'}}

                """)
            try bench.write("inner.yaml", Self.component(says: "inner"))
            let plan = try await bench.plan()
            #expect(plan.components.map(\.name).sorted() == ["inner", "outer"])
            #expect(try plan.document(of: "\(Self.own):component/inner/x.x.x").contains("echo inner"))
        }
    }
}
