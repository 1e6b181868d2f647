import Components
import Documents
import Failures
import Foundation

/// What the step RunCommand runs: Systems Manager's document for a shell script, as a component of one step.
enum CommandDocument {
    static let name = "AWS-RunShellScript"
    /// What the service gives of a command's output.
    static let mostOutput = 24_000

    /// - Parameter inputs: of the step, with their values.
    static func make(_ inputs: WorkflowValue, timeoutSeconds: Int) throws(BuildFailure) -> ComponentDocument {
        guard inputs["documentName"]?.text == name else {
            throw BuildFailure(
                .failed, "the command document \(inputs["documentName"]?.text ?? "") is not on this machine",
                hint: "use \(name)")
        }
        let parameters = inputs["parameters"]
        guard let commands = parameters?["commands"]?.elements, !commands.isEmpty else {
            throw BuildFailure(.failed, "\(name) needs the parameter 'commands', a list of texts")
        }
        func parameter(_ name: String) -> String? {
            let value = parameters?[name].map { $0.elements?.first?.text ?? $0.text }
            return value?.isEmpty == false ? value : nil
        }
        var lines = commands.map(\.text)
        if let folder = parameter("workingDirectory") { lines.insert("cd \(quoted(folder)) || exit", at: 0) }
        let limit = parameter("executionTimeout").flatMap { Int($0) }.map { min(max(1, $0), timeoutSeconds) }
        let document: [String: Any] = [
            "schemaVersion": "1.0",
            "phases": [
                [
                    "name": "build",
                    "steps": [
                        [
                            "name": "Run", "action": "ExecuteBash", "timeoutSeconds": limit ?? timeoutSeconds,
                            "inputs": ["commands": lines],
                        ]
                    ],
                ]
            ],
        ]
        do {
            let text = try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys])
            return try ComponentDocument.parse(text: String(decoding: text, as: UTF8.self), file: "RunCommand")
        } catch {
            throw BuildFailure(error)
        }
    }

    /// What the script printed.
    static func output(_ result: DocumentResult) -> String {
        let entries = result.steps.last.flatMap {
            try? JSONDecoder().decode([[String: String]].self, from: Data($0.outputs.utf8))
        }
        return String((entries?.first?["stdout"] ?? "").prefix(mostOutput))
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
