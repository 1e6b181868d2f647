import Failures
import Guests
import SystemPackage

extension ActionContext {
    /// Answers a condition's question about the guest.
    func answer(_ probe: GuestProbe) async throws(ActionFailure) -> Bool {
        switch probe {
        case .binary(let name):
            return try await capture(["sh", "-c", Self.searchingPath, "sh", name], limit: Self.probeLimit).0
                == .exited(0)
        case .file(let text):
            let information = try await information(path(text))
            return information.map { $0.kind != .folder } ?? false
        case .folder(let text):
            return try await information(path(text))?.kind == .folder
        case .digest(let kind, let text, let expected):
            let program = "\(kind.rawValue.lowercased())sum"
            // Read from standard input, a file's odd name changes nothing in the answer.
            let (exit, output) = try await capture(
                ["sh", "-c", "exec \(program) < \"$1\"", "sh", path(text).string], limit: Self.digestLimit)
            guard exit == .exited(0) else { return false }
            return output.prefix(kind.digits).lowercased() == expected.lowercased()
        }
    }

    private static let probeLimit = Duration.seconds(120)
    /// A disk of some hundred GiB can be read in this time.
    private static let digestLimit = Duration.seconds(3600)

    /// No `command -v`: that finds the shell's own commands too.
    private static let searchingPath = """
        case $1 in
        */*) [ -f "$1" ] && [ -x "$1" ] ;;
        *)
            IFS=:
            for folder in $PATH; do
                [ -f "$folder/$1" ] && [ -x "$folder/$1" ] && exit 0
            done
            exit 1
        esac
        """
}
