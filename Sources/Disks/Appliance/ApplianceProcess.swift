import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// The appliance's QEMU, for whoever has to end it from another thread.
///
/// libguestfs tells its number only once the launch is over, and a launch can hang: until then the process is known as
/// our child with `mark` in its arguments.
final class ApplianceProcess: Sendable {
    private let mark: String
    private let state = Mutex((pid: pid_t(0), ended: false, finished: false))

    /// - Parameter mark: a path that is in this appliance's arguments only.
    init(mark: String) { self.mark = mark }

    func started(_ pid: pid_t) {
        let kill = state.withLock { state in
            state.pid = pid
            return state.ended
        }
        if kill { Glibc.kill(pid, SIGKILL) }
    }

    /// Ends it, now or as soon as it is there.
    func end() {
        let pid = state.withLock { state in
            state.ended = true
            return state.pid
        }
        if pid > 0 {
            Glibc.kill(pid, SIGKILL)
            return
        }
        Task {
            while isLaunching {
                for child in children() { Glibc.kill(child, SIGKILL) }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Ends a launch that is not over, so that another may be tried.
    func endLaunch() {
        guard isLaunching else { return }
        for child in children() { Glibc.kill(child, SIGKILL) }
    }

    /// Whether its launch is not over yet.
    var isLaunching: Bool { state.withLock { $0.pid == 0 && !$0.finished } }

    var wasEnded: Bool { state.withLock { $0.ended } }

    func finished() {
        state.withLock { state in
            state.pid = 0
            state.finished = true
        }
    }

    private func children() -> [pid_t] {
        let own = " \(getpid()) "
        return ((try? Folders.names(in: "/proc")) ?? []).compactMap(pid_t.init).filter { process in
            guard let line = try? Folders.read(FilePath("/proc/\(process)/cmdline")),
                String(decoding: line, as: UTF8.self).contains(mark),
                let stat = try? Folders.read(FilePath("/proc/\(process)/stat"))
            else { return false }
            // "number (name) state parent …"
            let text = String(decoding: stat, as: UTF8.self)
            return text.lastIndex(of: ")").map { text[$0...].dropFirst(3).prefix(24).contains(own) } ?? false
        }
    }
}
