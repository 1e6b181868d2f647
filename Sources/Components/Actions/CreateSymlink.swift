import Documents
import Failures
import Guests

/// Creates symbolic links to what is there; with `force` in place of a link, never of a file or a folder.
enum CreateSymlink: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let path = context.path(input.text("path"))
            let target = input.text("target")
            try await context.perform(.link(path, target: target, force: input.bool("force")))
            await context.note("linked \(path) to \(target)")
        }
        return .none
    }
}
