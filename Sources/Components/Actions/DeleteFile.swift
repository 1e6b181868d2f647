import Documents
import Failures
import Guests

/// Deletes files and links. A file that is named and not there is an error; a wildcard may match none.
enum DeleteFile: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let pattern = try FilePattern(input, "path", in: context)
            let matches = try await pattern.matches(.file, in: context)
            for match in matches {
                try await context.perform(.removeFile(match))
                await context.note("deleted \(match)")
            }
            if matches.isEmpty { await context.note("no file matches \(pattern.path)") }
        }
        return .none
    }
}
