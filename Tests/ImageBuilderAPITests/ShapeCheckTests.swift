import Testing

@testable import ImageBuilderAPI

@Suite("Checks against the contract's shapes") struct ShapeCheckTests {
    private let component: [String: JSONValue] = [
        "name": "a component", "semanticVersion": "1.0.0", "platform": "Linux", "clientToken": "t",
    ]

    private func checked(
        _ changes: [String: JSONValue] = [:], _ shape: String = "CreateComponentRequest"
    ) throws -> JSONValue {
        let value = JSONValue.object(shape == "CreateComponentRequest" ? component.merging(changes) { $1 } : changes)
        return try ShapeCheck(contract: Contract.current).checked(value, shape)
    }

    @Test("takes out what the shape does not know, and nulls")
    func drops() throws {
        #expect(try checked(["unknown": 1, "description": .null]) == .object(component))
    }

    @Test(
        "names the member that is wrong",
        arguments: [
            (["name": .null], "'name' must not be null."), (["name": 1], "'name' must be a string."),
            (["name": "a/b"], "'name' must match pattern"),
            (["platform": "Plan9"], "must be one of: Windows, Linux, macOS"),
            (["semanticVersion": "1.0.x"], "must match pattern"), (["data": ""], "must have 1 or more characters"),
            (["data": .string(String(repeating: "é", count: 16001))], "16000 or fewer characters; it has 16001"),
            (["tags": [:]], "'tags' must have 1 or more entries"), (["tags": ["aws:a": "b"]], "'tags (key)'"),
            (["tags": ["a": 1]], "'tags.a' must be a string"), (["dryRun": "true"], "'dryRun' must be a boolean."),
            (["supportedOsVersions": ["a", .null]], "supportedOsVersions[1]"),
            (["description": "a\u{0}b"], "'description' must not contain U+0000"),
            (["tags": ["a": "\u{0}"]], "'tags.a' must not contain U+0000"),
        ] as [([String: JSONValue], String)])
    func refuses(_ changes: [String: JSONValue], _ expected: String) {
        let error = #expect(throws: APIError.self) { try checked(changes) }
        #expect(error?.name == "InvalidParameterValueException")
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test("what is wrong with the server is said in an operation's own words")
    func words() throws {
        let operations = Contract.current.operations
        let error = APIError("ServiceUnavailableException", "no space")
        for (name, word) in [("CreateComponent", error.name), ("TagResource", "ServiceException")] {
            let operation = try #require(operations[name])
            #expect(error.fitted(to: operation).name == word && operation.errors.contains(word))
        }
        for operation in operations.values { #expect(operation.errors.contains(error.fitted(to: operation).name)) }
    }

    @Test("says where in a nested value")
    func paths() {
        let error = #expect(throws: APIError.self) {
            try checked(["maxResults": 1, "filters": [["name": "platform", "values": [1]]]], "ListComponentsRequest")
        }
        #expect(error?.message.contains("'filters[0].values[0]' must be a string.") == true)
        #expect(throws: APIError.self) { try checked(["maxResults": 101], "ListComponentsRequest") }
        #expect(throws: APIError.self) { try checked(["maxResults": .number(1.5)], "ListComponentsRequest") }
        #expect(throws: Never.self) { try checked(["maxResults": .number(25)], "ListComponentsRequest") }
    }

    @Test("gives an operation only errors that it is known for")
    func fits() throws {
        let operations = Contract.current.operations
        let tag = try #require(operations["TagResource"])
        let get = try #require(operations["GetComponent"])
        let disk = try #require(operations["ImportDiskImage"])
        #expect(APIError.invalidValue("a", "b").fitted(to: tag).name == "InvalidParameterException")
        #expect(APIError.invalidValue("a", "b").fitted(to: get).name == "InvalidParameterValueException")
        #expect(APIError.invalidRequest("a").fitted(to: disk).name == "ClientException")
        #expect(APIError.notFound("a").fitted(to: get).name == "ResourceNotFoundException")
        #expect(APIError.alreadyExists("Image", "a").fitted(to: get).name == "InvalidRequestException")
    }
}
