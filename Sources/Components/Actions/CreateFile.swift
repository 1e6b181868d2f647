import Failures
import Guests

/// Creates text files, by default in place of what is there. A file that is replaced keeps the owner, the group and the
/// permissions that are not given.
enum CreateFile: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in try inputs.inputs() {
            let path = context.path(try input.string("path"))
            let content = try input.encoding().encode(try input.optionalString("content") ?? "")
            let attributes = try await GuestAccounts.attributes(input, in: context)
            let overwrite = try input.bool("overwrite", default: true)
            try await context.perform(.write(path, content, attributes, overwrite: overwrite))
            await context.note("created \(path) (\(content.count) bytes)")
        }
        return .none
    }
}
