import Failures

/// Runs its commands as one bash script. Output `stdout`.
enum ExecuteBash: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        let input = try inputs.input()
        guard let commands = try input.strings("commands") else {
            throw input.wrong("commands", "is missing, expected a list of strings")
        }
        return try await context.run(["bash", try await context.script(commands, extension: "sh")])
    }
}
