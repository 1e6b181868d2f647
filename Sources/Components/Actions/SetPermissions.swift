import Failures
import Guests

/// Sets the permissions of a file, or of what a link leads to.
enum SetFilePermissions: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await setPermissions(inputs, in: context) { _ in .file }
    }
}

/// Sets the permissions of a folder, by default of all that is in it, too: folders and files alike.
enum SetFolderPermissions: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await setPermissions(inputs, in: context) { input throws(ActionFailure) in
            .folder(recursive: try input.bool("recursive", default: true))
        }
    }
}

private func setPermissions(
    _ inputs: ActionValue, in context: ActionContext, _ scope: (ActionInput) throws(ActionFailure) -> FileScope
) async throws(ActionFailure) -> ActionOutput {
    for input in try inputs.inputs() {
        let path = context.path(try input.string("path"))
        guard let permissions = try input.permissions() else {
            throw input.wrong("permissions", "is missing, expected an octal number such as \"0644\"")
        }
        try await context.perform(.setPermissions(path, permissions, scope: try scope(input)))
        await context.note("set the permissions of \(path) to \(String(permissions, radix: 8))")
    }
    return .none
}
