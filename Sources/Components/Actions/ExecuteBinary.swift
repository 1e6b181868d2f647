import Failures

/// Runs a program with arguments, no shell between. Output `stdout`.
enum ExecuteBinary: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        let input = try inputs.input()
        return try await context.run([try input.string("path")] + (try input.strings("arguments") ?? []))
    }
}
