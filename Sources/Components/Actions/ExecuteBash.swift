import Documents
import Failures
import Guests

/// Runs its commands as one bash script. Output `stdout`.
enum ExecuteBash: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        let script = context.script(inputs.only.strings("commands"), extension: "sh")
        return try await context.run(["bash", script.path], script: script)
    }
}
