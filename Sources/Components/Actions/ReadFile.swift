import Documents
import Failures
import Guests
import SystemPackage

/// Reads text files for later steps. Output `content`.
enum ReadFile: Action {
    /// A value that is chained is passed on whole; more than this is a mistake, not a use.
    static let limit = 1 << 20

    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        var outputs: [[String: String]] = []
        for input in inputs {
            let path = context.path(input.text("path"))
            let encoding = input.encoding
            let prints = input.bool("printFileContent")
            let bytes = try await context.asking { guest throws(GuestFailure) in
                try await guest.read(path.string, limit: Self.limit)
            }
            guard let content = encoding.decode(bytes) else {
                throw ActionFailure(
                    .fileError, "\(path) is not text in the encoding \(encoding)",
                    hint: "name its encoding, or pass the file's path on instead of its content")
            }
            await context.note("read \(path) (\(bytes.count) bytes)")
            if prints { await context.log.output(GuestOutput(.standardOutput, Array((content + "\n").utf8))) }
            outputs.append(["content": content])
        }
        return ActionOutput(outputs)
    }
}
