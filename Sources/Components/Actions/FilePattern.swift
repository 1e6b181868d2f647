import Documents
import Failures
import Guests
import SystemPackage

/// A path of the guest that may end in a name with wildcards: "/opt/app/*.log".
struct FilePattern: Sendable {
    enum Kind: Sendable {
        case file, folder
        var noun: String { self == .file ? "file" : "folder" }
    }

    let path: FilePath
    /// nil: the path stands for itself.
    private let wildcard: Wildcard?

    var hasWildcard: Bool { wildcard != nil }

    /// - Throws: `invalidInput` for a wildcard in front of the last separator.
    init(_ input: ActionInputs, _ name: String, in context: ActionContext) throws(ActionFailure) {
        let text = input.text(name)
        path = context.path(text)
        let last = path.lastComponent?.string ?? ""
        guard !path.removingLastComponent().string.contains("*") else {
            throw input.wrong(name, "is \"\(text)\": a wildcard (*) may only stand after the last /")
        }
        wildcard = last.contains("*") ? Wildcard(last) : nil
    }

    /// What the path stands for, sorted by name; itself where it has no wildcard, whether it is there or not.
    ///
    /// A link counts as a file, unless it leads to a folder.
    func matches(_ kind: Kind, in context: ActionContext) async throws(ActionFailure) -> [FilePath] {
        guard let wildcard else { return [path] }
        let folder = path.removingLastComponent()
        guard case .entries(let entries) = try await context.perform(.list(folder, recursive: false)) else { return [] }
        return entries.filter { entry in
            let isWanted = kind == .folder ? entry.kind == .folder : entry.kind != .folder && entry.leadsTo != .folder
            return isWanted && wildcard.matches(entry.path.bytes)
        }
        .map { folder.pushing($0.path) }
        .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
}
