/// Folders that no system lives without.
enum SystemPath {
    private static let linux: Set<String> = [
        "", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin",
        "/srv",
        "/sys", "/usr", "/usr/bin", "/usr/lib", "/usr/sbin", "/var", "/var/lib",
    ]
    private static let windows: Set<String> = [
        "c:", "c:/windows", "c:/windows/system32", "c:/program files", "c:/users", "c:/programdata",
    ]

    /// Whether a path is one of them, or everything in one of them.
    static func contains(_ path: String) -> Bool {
        guard path.hasPrefix("/") || path.dropFirst().hasPrefix(":") else { return false }
        var path = path.replacing("\\", with: "/")
        if path.hasSuffix("/*") { path.removeLast(2) }
        while path.hasSuffix("/") { path.removeLast() }
        return linux.contains(path) || windows.contains(path.lowercased())
    }
}
