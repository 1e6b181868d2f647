import Failures
import Guests
import Synchronization
import SystemPackage

/// A guest that understands a few words of shell, so that documents run in no time: `echo`, `print` (no line end), `error`
/// (standard error), `exit`, `signal`, `hang`, `touch`, `rm`, `append FILE WORD`, `cat`, `fail-until N` (fails until it has run
/// N times), `reboot-until N` (asks for a reboot until it has run N times), `flood MIB`.
final class ScriptedGuest: Guest {
    let name = "scripted"
    private let state: Mutex<State>

    init(_ state: State = State()) {
        self.state = Mutex(state)
    }

    struct State: Sendable {
        var files: [String: [UInt8]] = [:]
        var folders: Set<String> = ["/", "/etc"]
        var permissions: [String: UInt32] = [:]
        /// What was done, in order: "echo a", "reboot".
        var journal: [String] = []
        var runs: [String: Int] = [:]
        var boots = 1
        /// Reboots beyond this number are the end of the guest.
        var lastReboot = Int.max
    }

    var snapshot: State { state.withLock { $0 } }
    /// What was done, without looks at files.
    var journal: [String] { state.withLock { $0.journal } }
    var boots: Int { state.withLock { $0.boots } }
    func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }
    func text(_ path: String) -> String? {
        state.withLock { $0.files[path].map { String(decoding: $0, as: UTF8.self) } }
    }

    func run(
        _ command: GuestCommand, output: @escaping @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit {
        if let script = command.script { state.withLock { $0.files[script.path] = script.content } }
        switch command.arguments.first {
        case "bash":
            return try await script(text(command.arguments[1]) ?? "exit 127", command.limit, output)
        case "sh" where command.arguments[2].contains("$PATH"):
            return .exited(["bash", "apt-get"].contains(command.arguments[4]) ? 0 : 1)
        case "sh":
            guard let text = text(command.arguments[4]) else { return .exited(1) }
            // The scripted hash of a file is its text, padded.
            await output(GuestOutput(.standardOutput, Array((text + String(repeating: "0", count: 200)).utf8)))
            return .exited(0)
        default: return .exited(127)
        }
    }

    private func script(
        _ text: String, _ limit: Duration?, _ output: @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            let rest = words.count > 1 ? words[1] : ""
            state.withLock { $0.journal.append(String(line)) }
            switch words[0] {
            case "echo": await output(GuestOutput(.standardOutput, Array((rest + "\n").utf8)))
            case "print": await output(GuestOutput(.standardOutput, Array(rest.utf8)))
            case "error": await output(GuestOutput(.standardError, Array((rest + "\n").utf8)))
            case "exit": return .exited(Int32(rest) ?? 1)
            case "signal": return .signalled(Int32(rest) ?? 9)
            case "hang":
                let nap: Duration = .seconds(60)
                do { try await Task.sleep(for: limit.map { min($0, nap) } ?? nap) } catch {
                    throw GuestFailure(.cancelled, "cancelled")
                }
                return .timedOut
            case "touch": state.withLock { $0.files[rest] = [] }
            case "rm": state.withLock { _ = $0.files.removeValue(forKey: rest) }
            case "append":
                let parts = rest.split(separator: " ", maxSplits: 1).map(String.init)
                state.withLock { $0.files[parts[0], default: []] += Array(parts[1].utf8) }
            case "cat": await output(GuestOutput(.standardOutput, state.withLock { $0.files[rest] ?? [] }))
            case "fail-until", "reboot-until":
                let count = state.withLock { state in
                    state.runs[String(line), default: 0] += 1
                    return state.runs[String(line)] ?? 0
                }
                if count < Int(rest.split(separator: " ")[0]) ?? 0 {
                    return .exited(words[0] == "fail-until" ? 7 : 194)
                }
            case "flood":
                let piece = [UInt8](repeating: UInt8(ascii: "x"), count: (64 << 10) - 1) + [UInt8(ascii: "\n")]
                for _ in 0..<(16 * (Int(rest) ?? 0)) { await output(GuestOutput(.standardOutput, piece)) }
            default: return .exited(127)
            }
        }
        return .exited(0)
    }

    func write(_ content: [UInt8], to path: String, permissions: UInt32) async throws(GuestFailure) {
        state.withLock { $0.files[path] = content }
    }

    func upload(_ file: FilePath, to path: String, permissions: UInt32) async throws(GuestFailure) {
        throw GuestFailure(.guestError, "no uploads")
    }

    func read(_ path: String, limit: Int) async throws(GuestFailure) -> [UInt8] {
        guard let content = state.withLock({ $0.files[path] }) else {
            throw GuestFailure(.guestError, "cannot read \(path): No such file or directory", cause: GuestErrno(2))
        }
        return content
    }

    func download(_ path: String, to file: FilePath) async throws(GuestFailure) {
        throw GuestFailure(.guestError, "no downloads")
    }

    func perform(_ operation: FileOperation, limit: Duration?) async throws(GuestFailure) -> FileAnswer {
        switch operation {
        case .stat(let path, _):
            let kind: FileKind? = state.withLock { state in
                state.files[path.string] != nil ? .file : state.folders.contains(path.string) ? .folder : nil
            }
            guard let kind else {
                throw GuestFailure(.guestError, "\(path): No such file or directory", cause: GuestErrno(2))
            }
            return .information(
                FileInformation(kind: kind, permissions: 0o644, user: 0, group: 0, size: 0, target: nil))
        case .write(let path, let content, _, _):
            state.withLock { state in
                state.files[path.string] = content
                state.journal.append("write \(path)")
            }
            return .done
        case .makeFolder(let path, _, _):
            state.withLock { _ = $0.folders.insert(path.string) }
            return .done
        default:
            throw GuestFailure(.guestError, "the scripted guest cannot do that")
        }
    }

    func reboot() async throws(GuestFailure) {
        let isGone = state.withLock { state in
            state.journal.append("reboot")
            state.boots += 1
            return state.boots > state.lastReboot
        }
        if isGone { throw GuestFailure(.poweredOff, "the guest is gone") }
    }
}
