import Documents
import Failures

/// Runs a program with arguments, no shell between. Output `stdout`.
enum ExecuteBinary: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        let input = inputs.only
        return try await context.run([input.text("path")] + input.strings("arguments"))
    }
}
