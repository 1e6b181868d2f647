import Failures
import Guests
import SystemPackage

/// Reads text files for later steps. Output `content`.
enum ReadFile: Action {
    /// A value that is chained is passed on whole; more than this is a mistake, not a use.
    static let limit = 1 << 20

    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        var values: [ActionValue] = []
        for input in try inputs.inputs() {
            let path = context.path(try input.string("path"))
            let encoding = try input.encoding()
            let prints = try input.bool("printFileContent", default: false)
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
            values.append(.mapping(["content": .text(content)]))
        }
        return ActionOutput(values: .list(values))
    }
}
