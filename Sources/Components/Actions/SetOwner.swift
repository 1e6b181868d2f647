import Documents
import Failures
import Guests

/// Gives a file, or what a link leads to, to another owner.
enum SetFileOwner: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await setOwner(inputs, in: context) { _ in .file }
    }
}

/// Gives a folder to another owner, by default with all that is in it.
enum SetFolderOwner: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await setOwner(inputs, in: context) { .folder(recursive: $0.bool("recursive")) }
    }
}

private func setOwner(
    _ inputs: [ActionInputs], in context: ActionContext, _ scope: (ActionInputs) -> FileScope
) async throws(ActionFailure) -> ActionOutput {
    for input in inputs {
        let path = context.path(input.text("path"))
        let (owner, group) = (input.text("owner"), input.string("group"))
        let scope = scope(input)
        let accounts = GuestAccounts(context: context)
        let user = try await accounts.user(owner)
        // The user guide's default: the group that the user belongs to.
        var groupID = user.group
        if let group { groupID = try await accounts.group(group) }
        try await context.perform(.setOwner(path, user: user.id, group: groupID, scope: scope))
        await context.note("gave \(path) to \(owner)" + (group.map { " and the group \($0)" } ?? ""))
    }
    return .none
}
