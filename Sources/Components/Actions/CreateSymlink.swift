import Failures
import Guests

/// Creates symbolic links to what is there; with `force` in place of a link, never of a file or a folder.
enum CreateSymlink: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in try inputs.inputs() {
            let path = context.path(try input.string("path"))
            let target = try input.string("target")
            try await context.perform(.link(path, target: target, force: try input.bool("force", default: false)))
            await context.note("linked \(path) to \(target)")
        }
        return .none
    }
}
