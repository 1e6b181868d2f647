import Failures
import Guests

/// Deletes folders; with `force` those that are not empty, too.
enum DeleteFolder: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in try inputs.inputs() {
            let path = context.path(try input.string("path"))
            try await context.perform(.removeFolder(path, force: try input.bool("force", default: false)))
            await context.note("deleted \(path)")
        }
        return .none
    }
}
