import Documents
import Failures
import Foundation
import Store

extension Handlers {
    func createComponent(_ call: Call) async throws(APIError) -> JSONValue {
        try call.exactlyOne("data", "uri")
        let text = try await text(of: call, limit: ComponentDocument.maximumBytes)
        return try await createComponent(call, text, type: nil)
    }

    /// A script becomes a document of one step, as the service makes it.
    func importComponent(_ call: Call) async throws(APIError) -> JSONValue {
        try call.exactlyOne("data", "uri")
        let script = try await text(of: call, limit: ComponentDocument.maximumBytes)
        let type = try call.required("type")
        let isWindows = call.text("platform") == "Windows"
        let step: JSONValue = [
            "name": "RunScript", "action": isWindows ? "ExecutePowerShell" : "ExecuteBash",
            "inputs": ["commands": [.string(script)]],
        ]
        var document: [String: JSONValue] = [
            "name": .string(try call.required("name")), "schemaVersion": .number(1.0),
            "phases": [["name": type == "TEST" ? "test" : "build", "steps": [step]]],
        ]
        document["description"] = call["description"]
        // JSON is YAML.
        return try await createComponent(
            call, String(decoding: JSONValue.object(document).bytes, as: UTF8.self), type: type)
    }

    private func createComponent(_ call: Call, _ text: String, type: String?) async throws(APIError) -> JSONValue {
        let parsed: ComponentDocument
        do {
            let platform = call.text("platform").flatMap { Documents.Platform(rawValue: $0) }
            parsed = try ComponentDocument.parse(
                text: text, file: call.text("name") ?? "document", platform: platform)
        } catch {
            let problems = error.diagnostics.filter { $0.severity == .error }.prefix(10).map(\.description)
            throw APIError.invalidValue(
                call["uri"] == nil ? "data" : "uri",
                "Failed to parse document. Error: \(problems.joined(separator: "; "))")
        }
        let isTest = parsed.phases.map(\.name) == [ComponentPhase.test]
        var document = call.document(without: "uri", "format")
        document["data"] = .string(text)
        document["type"] = .string(type ?? (isTest ? "TEST" : "BUILD"))
        document["encrypted"] = true
        document["obfuscate"] = false
        document["parameters"] = .array(
            parsed.parameters.map { parameter in
                var detail: [String: JSONValue] = ["name": .string(parameter.name), "type": "String"]
                detail["defaultValue"] = parameter.defaultValue.map { [.string($0)] }
                detail["description"] = parameter.description.map { .string($0) }
                return .object(detail)
            })
        do {
            return try await create(call, .component, document: document, state: "ACTIVE")
        } catch {
            // The operation has no error for what exists; its version is what has to change.
            guard error.name == "ResourceAlreadyExistsException" else { throw error }
            throw APIError("InvalidVersionNumberException", error.message)
        }
    }

    /// The text that a request gives itself, or names.
    func text(of call: Call, limit: Int) async throws(APIError) -> String {
        if let text = call.text("data") { return text }
        let uri = try call.required("uri")
        let text: String
        do { text = try await documents.text(at: uri, limit: limit) } catch {
            throw APIError.invalidValue("uri", "The document cannot be read: \(error).")
        }
        guard !text.isEmpty, text.utf8.count <= limit else {
            throw APIError.invalidValue("uri", "The document must have 1 to \(limit) bytes; it has \(text.utf8.count).")
        }
        return text
    }
}
