import Documents
import Failures
import Guests

/// Creates folders. One that is there already gets the owner and the permissions that are given and keeps its content: the
/// user guide's "truncates or overwrites" cannot mean that creating /opt empties it.
enum CreateFolder: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let path = context.path(input.text("path"))
            let attributes = try await GuestAccounts.attributes(input, in: context)
            let overwrite = input.bool("overwrite")
            try await context.perform(.makeFolder(path, attributes, overwrite: overwrite))
            await context.note("created \(path)")
        }
        return .none
    }
}
