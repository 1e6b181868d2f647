import Documents
import Failures
import Guests

/// Converts files from UTF-8 to another encoding; owner and permissions stay.
enum SetFileEncoding: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let path = context.path(input.text("path"))
            let encoding = input.encoding
            try await context.perform(.recode(path, to: encoding))
            await context.note("converted \(path) to \(encoding)")
        }
        return .none
    }
}
