/// What is taken out of an image before it is frozen.
public struct CleaningRule: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        case remove
        /// For what is expected to be there, with the owner and permissions it has: machine-id, the logs of running
        /// services.
        case truncate
    }

    /// The name of the empty file in the component's working directory that keeps a section; nil is always cleaned.
    public enum Section: String, Sendable, CaseIterable {
        case cloudInit = "skip_cleanup_cloudinit_files"
        case instance = "skip_cleanup_instance_files"
        case ssh = "skip_cleanup_ssh_files"
        case instanceLogs = "skip_cleanup_instance_log_files"
        case toe = "skip_cleanup_toe_files"
        case ssmLogs = "skip_cleanup_ssm_log_files"
        /// Kiln's own name: Image Builder has no such section.
        case sysprep = "skip_cleanup_sysprep_files"
    }

    public var section: Section?
    /// An absolute path for glob(7), with braces.
    public var pattern: String
    public var action: Action = .remove

    /// - Parameter workingDirectory: the recipe's.
    public static func all(workingDirectory: String) -> [CleaningRule] {
        let folder = escape(workingDirectory.hasSuffix("/") ? String(workingDirectory.dropLast()) : workingDirectory)
        return imageBuilder(folder) + always(folder) + sysprep
    }

    /// One pattern for all of the rules: each call of libguestfs costs, however little it does.
    static func joined(_ rules: [CleaningRule]) -> String {
        "/{" + rules.map { String($0.pattern.dropFirst()) }.joined(separator: ",") + "}"
    }

    /// A path for a pattern that means this path alone.
    static func escape(_ path: String) -> String {
        path.reduce(into: "") { $0 += "\\*?[]{},".contains($1) ? "\\\($1)" : "\($1)" }
    }

    static func rules(_ section: Section?, _ patterns: [String], _ action: Action = .remove) -> [CleaningRule] {
        patterns.map { CleaningRule(section: section, pattern: $0, action: action) }
    }

    /// Everything in a folder, hidden files too, and not the folder itself.
    static func inside(_ folder: String) -> String { "\(folder)/{*,.[!.]*,..?*}" }
}
