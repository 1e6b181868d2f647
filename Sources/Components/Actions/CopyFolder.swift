import Documents
import Failures
import Guests

/// Copies what is in folders. The user guide says that a folder of the same name is overwritten by default; as with cp(1) that
/// means its files of the same name: nobody means to lose /etc for copying some files into it.
enum CopyFolder: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        try await Transfer(kind: .folder, done: "copied") { .copyFolder($0, to: $1, overwrite: $2) }
            .run(inputs, in: context)
    }
}
