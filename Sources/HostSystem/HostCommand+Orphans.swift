import Glibc
import SystemPackage

extension HostCommand {
    /// Set in every program that Kiln starts: who started it.
    static let ownerVariable = "KILN_COMMAND_OWNER"

    /// Ends the programs (a qemu-img that is still writing a draft) of kiln processes that are gone, each with its group.
    ///
    /// A killed process cannot end its children, and the death signal of prctl(2) is no help: it comes when the thread
    /// that forked ends, not the process.
    public static func endOrphans() {
        guard let processes = try? Folders.names(in: "/proc") else { return }
        let wanted = "\(ownerVariable)="
        for process in processes.compactMap(Int32.init) {
            // Those of other users can't be read, and are not ours to end.
            guard let environment = try? Folders.read(FilePath("/proc/\(process)/environ")) else { continue }
            let owner = environment.split(separator: 0).lazy
                .map { String(decoding: $0, as: UTF8.self) }.first { $0.hasPrefix(wanted) }
            guard let owner, let identity = ProcessIdentity(owner.dropFirst(wanted.count)), identity.isGone else {
                continue
            }
            if getpgid(process) == process { kill(-process, SIGKILL) } else { kill(process, SIGKILL) }
        }
    }
}
