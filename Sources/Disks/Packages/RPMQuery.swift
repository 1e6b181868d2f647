/// What rpm says of its packages: its database has had three formats, which the system's own program reads.
enum RPMQuery {
    static let command = ["rpm", "-qa", "--queryformat", #"%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\n"#]

    /// - Parameter text: what the command prints.
    static func packages(_ text: String) -> [InstalledPackage] {
        InstalledPackage.list(
            text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                // Keys that packages are signed with lie among them.
                guard parts.count == 3, parts[0] != "gpg-pubkey" else { return nil }
                let epoch = ["(none)", "0"].contains(parts[1]) ? "" : "\(parts[1]):"
                return InstalledPackage(parts[0], epoch + parts[2])
            })
    }
}
