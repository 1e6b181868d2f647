import Documents
import Failures
import Guests
import SystemPackage

/// Lists the files of folders, not the folders. Output `files`: their paths, sorted, joined by ",".
enum ListFiles: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        var outputs: [[String: String]] = []
        for input in inputs {
            let path = context.path(input.text("path"))
            let pattern = input.string("fileNamePattern").map { Wildcard($0) }
            let recursive = input.bool("recursive")
            guard case .entries(let entries) = try await context.perform(.list(path, recursive: recursive)) else {
                continue
            }
            let files = entries.filter { entry in
                entry.kind != .folder && entry.leadsTo != .folder
                    && (pattern?.matches(Array(entry.path.lastName)) ?? true)
            }
            let paths = files.map { path.pushing($0.path) }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            outputs.append(["files": paths.map(\.string).joined(separator: ",")])
            await context.note("\(paths.count) files in \(path)")
        }
        return ActionOutput(outputs)
    }
}
