import Documents
import Failures
import Guests

/// Sets the permissions of a file, or of what a link leads to.
enum SetFilePermissions: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await setPermissions(inputs, in: context) { _ in .file }
    }
}

/// Sets the permissions of a folder, by default of all that is in it, too: folders and files alike.
enum SetFolderPermissions: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await setPermissions(inputs, in: context) { .folder(recursive: $0.bool("recursive")) }
    }
}

private func setPermissions(
    _ inputs: [ActionInputs], in context: ActionContext, _ scope: (ActionInputs) -> FileScope
) async throws(ActionFailure) -> ActionOutput {
    for input in inputs {
        let path = context.path(input.text("path"))
        guard let permissions = try input.permissions() else {
            throw input.wrong("permissions", "is missing, expected an octal number such as \"0644\"")
        }
        try await context.perform(.setPermissions(path, permissions, scope: scope(input)))
        await context.note("set the permissions of \(path) to \(String(permissions, radix: 8))")
    }
    return .none
}
