import Documents
import Failures
import Guests

/// Deletes folders; with `force` those that are not empty, too.
enum DeleteFolder: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let path = context.path(input.text("path"))
            try await context.perform(.removeFolder(path, force: input.bool("force")))
            await context.note("deleted \(path)")
        }
        return .none
    }
}
