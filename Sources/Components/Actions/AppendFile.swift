import Failures
import Guests

/// Adds text to the end of files that are there.
enum AppendFile: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in try inputs.inputs() {
            let path = context.path(try input.string("path"))
            let content = try input.encoding().encode(try input.optionalString("content") ?? "")
            try await context.perform(.append(path, content))
            await context.note("appended \(content.count) bytes to \(path)")
        }
        return .none
    }
}
