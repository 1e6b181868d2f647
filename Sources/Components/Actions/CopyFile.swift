import Documents
import Failures
import Guests

/// Copies files, as cp(1) does: contents and permissions, links followed. `overwrite` is true by default.
enum CopyFile: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await Transfer(kind: .file, done: "copied") { .copyFile($0, to: $1, overwrite: $2) }.run(
            inputs, in: context)
    }
}
