import ArgumentParser
import Bundles
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import KilnCommands

@Suite struct BundleDocumentsTests {
    private static let template = """
        Metadata:
          Kiln: {ssm: {/a: {value: template-secret, secret: true}, /b: shown}}
        Parameters:
          Password: {Type: String, NoEcho: true, Default: echo-default, MinLength: 8, AllowedPattern: "[A-Za-z-]+"}
        Resources:
          C:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: component
              Version: 1.0.0
              Platform: Linux
              Data: |
                schemaVersion: 1.0
                parameters: [{Key: {type: string, default: default-key}}, {Other: {type: string, default: default-other}}]
                phases: [{name: build, steps: [{name: S, action: ExecuteBash, inputs: {commands: [uptime]}}]}]
          R:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties: {Name: recipe, Version: 1.0.0, ParentImage: debian-12, Components: [{ComponentArn: !Ref C}]}
          I:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: infrastructure, InstanceProfileName: p}
          P:
            Type: AWS::ImageBuilder::ImagePipeline
            Metadata:
              Kiln: {ssm: {/a: {value: pipeline-secret, secret: true}}, secretParameters: [Key]}
            Properties: {Name: pipeline, ImageRecipeArn: !Ref R, InfrastructureConfigurationArn: !Ref I}

        """

    private func documents(
        _ template: String = template, settings: String = "", parameters: [String] = []
    ) async throws -> (texts: [String: String], masked: [String]) {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let file = folder.appending("t.yaml")
        try DurableFile.write(Array(template.utf8), to: file)
        if !settings.isEmpty { try DurableFile.write(Array(settings.utf8), to: folder.appending("kiln.yaml")) }
        let options = try TemplateOptions.parse(parameters.flatMap { ["--parameter", $0] })
        let documents = try await BundleDocuments([file.string], options, pipeline: nil)
        var texts: [String: String] = [:]
        for item in documents.items {
            guard case .bytes(let bytes) = item.content else { continue }
            texts[item.path] = String(decoding: bytes, as: UTF8.self)
        }
        return (texts, documents.masked)
    }

    @Test("What any place marks as secret is replaced, also where another overrides it; nothing else is")
    func overridden() async throws {
        let settings = "ssm: {/a: {value: file-secret, secret: true}}\n"
        let found = try await documents(settings: settings, parameters: ["Password=another-word"])
        let template = try #require(found.texts["documents/t.yaml"])
        let secrets = ["template-secret", "pipeline-secret", "echo-default", "default-key"]
        let expected = secrets.reduce(Self.template) { $0.replacing($1, with: "MaskedByKiln") }
        #expect(template == expected && template.contains("default-other") && template.contains("shown"))
        #expect(found.texts["documents/kiln.yaml"] == settings.replacing("file-secret", with: "MaskedByKiln"))
        #expect(found.masked == ["documents/kiln.yaml", "documents/t.yaml"])
    }

    @Test("Documents without secrets stay as they are, byte for byte")
    func untouched() async throws {
        let plain = Self.template.replacing("secret: true", with: "secret: false").replacing(
            "NoEcho: true", with: "NoEcho: false"
        )
        .replacing(", secretParameters: [Key]", with: "")
        let found = try await documents(plain)
        #expect(found.texts == ["documents/t.yaml": plain] && found.masked.isEmpty)
    }

    @Test(
        "A secret that cannot be taken out for certain stops the bundle",
        arguments: [
            // With an escape, over two lines, and one that is a word of the format itself.
            #"ssm: {/x: {value: "file\x2dsecret", secret: true}}"#,
            "ssm:\n  /x:\n    secret: true\n    value: |\n      one\n      two\n",
            "ssm: {/x: {value: secret, secret: true}}",
        ])
    func refused(settings: String) async throws {
        let failure = await #expect(throws: BundleFailure.self) { try await documents(settings: settings) }
        #expect(failure?.code == .unusable)
        #expect(failure?.description.contains("file-secret") == false)
    }

    @Test("Sizes of media")
    func sizes() {
        func bytes(_ text: String) -> Int64? { ByteSize(argument: text)?.bytes }
        #expect(bytes("4GB") == 4_000_000_000 && bytes("4GiB") == 4 << 30 && bytes("700 mb") == 700_000_000)
        #expect(bytes("2048") == 2048 && bytes("1KiB") == 1024)
        for text in ["", "GB", "-4GB", "4.5GB", "4XB", "12", "9223372036854775807TB", "0"] {
            #expect(bytes(text) == nil)
        }
    }
}
