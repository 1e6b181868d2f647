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
        var around = ResourceRequest.Surroundings(text: text)
        around.type = type
        return try await createDocument(call, ResourceRequest(.component, call.input), around)
    }

    /// A component or a workflow.
    func createDocument(
        _ call: Call, _ request: ResourceRequest, _ around: ResourceRequest.Surroundings
    ) async throws(APIError) -> JSONValue {
        do { return try await create(call, request, around) } catch {
            // The operations have no error for what exists; its version is what has to change.
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
