import Documents
import Testing

@Suite("Inputs of actions")
struct ActionInputsTests {
    /// The inputs of the only step, with each expression `{{ name }}` standing for `values[name]`.
    private func read(
        _ action: ActionModule, _ inputs: String, _ values: [String: String] = [:]
    ) throws -> [ActionInputs] {
        let names = values.keys.sorted().map { "  - \($0): {type: string}" }.joined(separator: "\n")
        let text = """
            schemaVersion: 1.0
            \(values.isEmpty ? "" : "parameters:\n" + names)
            phases: [{name: build, steps: [{name: A, action: \(action.rawValue), inputs: \(inputs)}]}]
            """
        let document = try ComponentDocument.parse(text: text, file: "c.yaml")
        let resolved = document.phases[0].steps[0].inputs?.evaluate { values[$0.text] }
        return try action.schema.read(resolved)
    }

    @Test("have their types and defaults")
    func defaults() throws {
        let download = try #require(try read(.webDownload, "[{source: 'https://a', destination: /b}]").first)
        #expect(download.string("source") == "https://a")
        #expect(download.bool("overwrite"))
        #expect(!download.bool("ignoreCertificateErrors"))
        #expect(download.string("checksum") == nil)
        let file = try #require(try read(.createFile, "[{path: /a, permissions: 0644, content: }]").first)
        #expect(file.string("permissions") == "0644")
        #expect(file.string("content") == "")
        #expect(file.string("encoding") == "utf8")
        #expect(try read(.reboot, "{}").first?.integer("delaySeconds") == 0)
    }

    @Test("are one for each element of a list")
    func list() throws {
        let records = try read(.deleteFile, "[{path: /a}, {path: '/{{ Name }}'}]", ["Name": "b"])
        #expect(records.map { $0.string("path") } == ["/a", "/b"])
        #expect(try read(.assert, "{fileExists: /a}").isEmpty)
    }

    @Test("hold lists, names with values, and one value or many")
    func kinds() throws {
        #expect(
            try read(.executeBinary, "{path: /a, arguments: [a, 1, '{{ Name }}']}", ["Name": "b"]).first?
                .strings("arguments") == ["a", "1", "b"])
        let nested = try read(
            .executeDocument, "{document: a, parameters: [{name: B, value: '{{ Name }}'}]}", ["Name": "c"])
        #expect(nested.first?.texts("parameters").map(\.name) == ["B"])
        #expect(nested.first?.texts("parameters").map(\.value) == ["c"])
        let registry = try read(
            .setRegistry, "[{path: a, name: b, value: [c, d], type: SZ}, {path: a, name: b, value: 1.10, type: SZ}]")
        #expect(registry.map { $0.values["value"] } == [.strings(["c", "d"]), .string("1.10")])
    }

    @Test(
        "that are only known to be wrong when the step starts say so",
        arguments: [
            (
                ActionModule.deleteFolder, "[{path: /a, force: '{{ Value }}'}]", "perhaps",
                "'force' of inputs[0] must be true or false, found 'perhaps'"
            ),
            (
                .reboot, "{delaySeconds: '{{ Value }}'}", "-1",
                "'delaySeconds' of its inputs must be a whole number from 0 up, found '-1'"
            ),
            (
                .webDownload, "[{source: a, destination: b, checksum: c, algorithm: '{{ Value }}'}]", "SHA3",
                "'algorithm' of inputs[0] must be MD5, SHA1, SHA256 or SHA512, found 'SHA3'"
            ),
        ])
    func late(_ action: ActionModule, _ inputs: String, _ value: String, _ reason: String) throws {
        let problem = #expect(throws: ActionInputs.Problem.self) { try read(action, inputs, ["Value": value]) }
        #expect(problem?.reason == reason)
        #expect(throws: Never.self) { try read(.deleteFolder, "[{path: /a, force: '{{ Value }}'}]", ["Value": "True"]) }
    }
}
