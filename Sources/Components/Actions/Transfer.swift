import Documents
import Failures
import Guests
import SystemPackage

/// What CopyFile, CopyFolder, MoveFile and MoveFolder have in common: a source that may have wildcards, a destination that
/// is a folder where it ends with "/", and whether something of the same name may be overwritten.
struct Transfer: Sendable {
    var kind: FilePattern.Kind
    /// For the log: "copied".
    var done: String
    var operation: @Sendable (_ from: FilePath, _ to: FilePath, _ overwrite: Bool) -> FileOperation

    func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        for input in inputs {
            let source = try FilePattern(input, "source", in: context)
            let text = input.text("destination")
            let overwrite = input.bool("overwrite")
            let matches = try await source.matches(kind, in: context)
            guard !matches.isEmpty else {
                throw ActionFailure(.fileError, "no \(kind.noun) matches \(source.path), the source of \(input.place)")
            }
            guard text.hasSuffix("/") || matches.count == 1 else {
                throw input.wrong(
                    "destination",
                    "is \"\(text)\" for \(matches.count) \(kind.noun)s: it has to end with / to stand for a folder")
            }
            for match in matches {
                let folder = context.path(text)
                let destination = text.hasSuffix("/") ? folder.pushing(FilePath(bytes: match.lastName)) : folder
                try await context.perform(operation(match, destination, overwrite))
                await context.note("\(done) \(match) to \(destination)")
            }
        }
        return .none
    }
}

extension FilePath {
    /// The bytes after the last separator.
    var lastName: ArraySlice<UInt8> {
        let all = bytes
        return all[(all.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
    }
}
