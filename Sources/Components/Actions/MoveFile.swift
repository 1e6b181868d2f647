import Documents
import Failures
import Guests

/// Moves files, as mv(1) does, to other file systems too. `overwrite` is true by default.
enum MoveFile: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await Transfer(kind: .file, done: "moved") { .moveFile($0, to: $1, overwrite: $2) }.run(inputs, in: context)
    }
}
