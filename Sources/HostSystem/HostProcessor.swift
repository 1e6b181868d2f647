import SystemPackage

/// The host's processor, which a guest under KVM sees.
public enum HostProcessor {
    /// Its model, its microcode and what it can do: RAM that was saved on another is of no use.
    public static var description: String {
        let text = (try? Folders.read("/proc/cpuinfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").filter { line in
            ["model name", "microcode", "flags"].contains { line.hasPrefix($0) }
        }.prefix(3).joined(separator: "\n")
    }
}
