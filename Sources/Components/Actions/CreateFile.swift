import Documents
import Failures
import Guests

/// Creates text files, by default in place of what is there. A file that is replaced keeps the owner, the group and the
/// permissions that are not given.
enum CreateFile: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let path = context.path(input.text("path"))
            let content = input.encoding.encode(input.text("content"))
            let attributes = try await GuestAccounts.attributes(input, in: context)
            let overwrite = input.bool("overwrite")
            try await context.perform(.write(path, content, attributes, overwrite: overwrite))
            await context.note("created \(path) (\(content.count) bytes)")
        }
        return .none
    }
}
