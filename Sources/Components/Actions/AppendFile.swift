import Documents
import Failures
import Guests

/// Adds text to the end of files that are there.
enum AppendFile: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let path = context.path(input.text("path"))
            let content = input.encoding.encode(input.text("content"))
            try await context.perform(.append(path, content))
            await context.note("appended \(content.count) bytes to \(path)")
        }
        return .none
    }
}
