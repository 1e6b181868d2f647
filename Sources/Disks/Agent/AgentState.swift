/// Whether Kiln can work in a system through the QEMU guest agent that is installed in it.
public enum AgentState: String, Sendable, Codable {
    case usable
    case missing
    /// Installed, but it would refuse what Kiln asks: masked, its configuration keeps commands back (Red Hat's does so
    /// for guest-exec), or SELinux confines what it starts.
    case restricted

    /// Whether Kiln has to bring its own for the time of a build.
    public var needsBundle: Bool { self != .usable }

    /// The commands that starting the runner, freezing and shutting down take.
    private static let needed = [
        "guest-exec", "guest-exec-status", "guest-file-open", "guest-file-write", "guest-file-close",
        "guest-fsfreeze-freeze", "guest-fsfreeze-thaw", "guest-shutdown",
    ]

    /// Whether a configuration keeps back a command that Kiln needs.
    ///
    /// - Parameter text: Red Hat's /etc/sysconfig/qemu-ga (`BLACKLIST_RPC=…`, `BLOCK_RPCS=…`, `FILTER_RPC_ARGS="--allow-rpcs=…"`)
    ///   or qemu-ga's own file (`block-rpcs = …`, `allow-rpcs = …`; qemu-ga(8)).
    static func isRestricting(_ text: String) -> Bool {
        for line in text.split(whereSeparator: \.isNewline).map({ String($0).trimmed.lowercased() }) {
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let commands = line[line.index(after: equals)...].split { !($0.isLetter || $0.isNumber || $0 == "-") }
            let names = Set(commands.map(String.init))
            let key = line[..<equals]
            let rest = "\(key) \(line[line.index(after: equals)...])"
            if rest.contains("allow") {
                if !needed.allSatisfy(names.contains) { return true }
            } else if rest.contains("black") || rest.contains("block") {
                if needed.contains(where: names.contains) { return true }
            }
        }
        return false
    }
}
