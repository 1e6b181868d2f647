import Documents
import Failures
import Guests

/// Moves folders; into one of the same name as `CopyFolder` copies.
enum MoveFolder: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await Transfer(kind: .folder, done: "moved") { .moveFolder($0, to: $1, overwrite: $2) }
            .run(inputs, in: context)
    }
}
