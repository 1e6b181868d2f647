import Foundation
import HostSystem
import Store
import SystemPackage
import Testing

@testable import ImageBuilderAPI

@Suite("Secret parameters") struct SealedParameterTests {
    private static let component = """
        schemaVersion: 1.0
        parameters:
          - Password: {type: string, default: swordfish}
          - Port: {type: string, default: "80"}
        phases:
          - name: build
            steps: [{name: a, action: ExecuteBash, inputs: {commands: ['echo {{ Password }} {{ Port }}']}}]
        """

    private static func tokened(_ name: String, _ input: JSONValue) -> JSONValue {
        guard name.hasPrefix("Create"), let members = input.members else { return input }
        return .object(members.merging(["clientToken": .string(name)]) { $1 })
    }

    @Test("are in no file of the store and in no answer, and an image keeps what its recipe had")
    func sealed() async throws {
        try await withService(secretParameters: ["Password"]) { fixture in
            func ask(_ name: String, _ input: JSONValue) async throws -> JSONValue {
                let answer = try await fixture.ask(name, Self.tokened(name, input))
                let text = String(decoding: answer.body.bytes, as: UTF8.self)
                #expect(answer.status == 200 && !text.contains("swordfish") && !text.contains("hunter"), "\(text)")
                #expect(!text.contains("KILN-SECRET"), "\(text)")
                return answer.body
            }
            let component = try #require(
                try await ask(
                    "CreateComponent",
                    ["name": "web", "semanticVersion": "1.0.0", "platform": "Linux", "data": .string(Self.component)]
                )["componentBuildVersionArn"])
            let recipe = try #require(
                try await ask(
                    "CreateImageRecipe",
                    [
                        "name": "web", "semanticVersion": "1.0.0", "parentImage": "debian-12",
                        "components": [
                            [
                                "componentArn": component,
                                "parameters": [
                                    ["name": "Password", "value": ["hunter2"]], ["name": "Port", "value": ["8080"]],
                                ],
                            ]
                        ],
                    ])["imageRecipeArn"])
            let infrastructure = try #require(
                try await ask(
                    "CreateInfrastructureConfiguration", ["name": "web", "instanceProfileName": "p"]
                )["infrastructureConfigurationArn"])
            let image = try #require(
                try await ask(
                    "CreateImage", ["imageRecipeArn": recipe, "infrastructureConfigurationArn": infrastructure]
                )["imageBuildVersionArn"]?.text)

            let shown = try await ask("GetComponent", ["componentBuildVersionArn": component])
            #expect(shown["component"]?["data"]?.text?.contains("default: ****}") == true, "\(shown)")
            #expect(shown["component"]?["data"]?.text?.contains("default: \"80\"") == true)
            #expect(shown["component"]?["parameters"]?.elements?[0]["defaultValue"] == ["****"])
            let parameters = try await ask("GetImageRecipe", ["imageRecipeArn": recipe])["imageRecipe"]?["components"]?
                .elements?[0]["parameters"]
            #expect(parameters?.elements?.map { $0["value"]?.elements?.first?.text } == ["****", "8080"])
            _ = try await ask("GetImage", ["imageBuildVersionArn": .string(image)])
            for name in ["ListComponents", "ListImageRecipes", "ListImages"] { _ = try await ask(name, [:]) }

            let file = fixture.store.file
            for suffix in ["", "-wal"] {
                let bytes = Data(try Folders.read(FilePath("\(file)\(suffix)")))
                for word in ["swordfish", "hunter2"] { #expect(bytes.range(of: Data(word.utf8)) == nil, "\(suffix)") }
            }
            let stored = try #require(try await fixture.store.resource(image))
            #expect(try await fixture.store.unsealed(stored.document).secrets == ["hunter2"])
            // The same content is refused as ever.
            let again = try await fixture.ask(
                "CreateComponent",
                [
                    "name": "web", "semanticVersion": "1.0.0", "platform": "Linux", "data": .string(Self.component),
                    "clientToken": "again",
                ])
            #expect(again.error == "InvalidVersionNumberException")
        }
    }
}
