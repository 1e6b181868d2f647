/// What dpkg writes down of its packages, in /var/lib/dpkg/status.
enum DpkgStatus {
    static let file = "/var/lib/dpkg/status"
    /// The lines that are read, as grep -E finds them: the file itself is ten times as large.
    static let pattern = "^(Package|Status|Version): "

    /// - Parameter lines: of the file, in its order; those of other fields are passed over.
    /// - Returns: the packages that are installed. What was removed and has left its configuration is none of them.
    static func packages(_ lines: some Sequence<String>) -> [InstalledPackage] {
        var found: [InstalledPackage] = []
        var (name, version, isInstalled): (String?, String?, Bool) = (nil, nil, false)
        func end() {
            if let name, let version, isInstalled { found.append(InstalledPackage(name, version)) }
        }
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon] {
            case "Package":
                end()
                (name, version, isInstalled) = (String(value), nil, false)
            case "Version": version = String(value)
            // "install ok installed": wanted, error, state.
            case "Status": isInstalled = value.split(separator: " ").last == "installed"
            default: continue
            }
        }
        end()
        return InstalledPackage.list(found)
    }
}
