import Failures
import Guests
import SystemPackage

/// Lists the files of folders, not the folders. Output `files`: their paths, sorted, joined by ",".
enum ListFiles: Action {
    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        var values: [ActionValue] = []
        for input in try inputs.inputs() {
            let path = context.path(try input.string("path"))
            let pattern = try input.optionalString("fileNamePattern").map { Wildcard($0) }
            let recursive = try input.bool("recursive", default: false)
            guard case .entries(let entries) = try await context.perform(.list(path, recursive: recursive)) else {
                continue
            }
            let files = entries.filter { entry in
                entry.kind != .folder && entry.leadsTo != .folder
                    && (pattern?.matches(Array(entry.path.lastName)) ?? true)
            }
            let paths = files.map { path.pushing($0.path) }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            values.append(.mapping(["files": .text(paths.map(\.string).joined(separator: ","))]))
            await context.note("\(paths.count) files in \(path)")
        }
        return ActionOutput(values: .list(values))
    }
}
