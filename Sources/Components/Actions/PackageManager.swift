import Guests

/// What installs updates on a Linux guest, as command lines: what is run, and what its exit codes mean.
enum PackageManager: String, Sendable, CaseIterable {
    case apt = "apt-get"
    case dnf
    case yum
    case zypper

    /// How long a package manager itself waits for another one's lock.
    private static let lockSeconds = 600

    /// The managers to look for, in order: a system may have a foreign one, to make other systems with.
    ///
    /// - Parameter release: the text of /etc/os-release (os-release(5)).
    static func candidates(release: String) -> [PackageManager] {
        let fields = release.split(separator: "\n").filter { $0.hasPrefix("ID=") || $0.hasPrefix("ID_LIKE=") }
        let names = Set(
            fields.flatMap { $0.drop { $0 != "=" }.dropFirst().split { " \"'".contains($0) }.map(String.init) })
        let own: [PackageManager]
        if !names.isDisjoint(with: ["debian", "ubuntu"]) {
            own = [.apt]
        } else if names.contains(where: { $0.contains("suse") || $0.hasPrefix("sle") }) {
            own = [.zypper]
        } else if !names.isDisjoint(with: ["rhel", "fedora", "centos", "amzn"]) {
            own = [.dnf, .yum]
        } else {
            own = []
        }
        return own + allCases.filter { !own.contains($0) }
    }

    /// Where distributions put it.
    var path: String { "/usr/bin/\(rawValue)" }

    var environment: [String: String] {
        switch self {
        case .apt:
            [
                "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "a", "APT_LISTCHANGES_FRONTEND": "none",
                "UCF_FORCE_CONFFOLD": "1", "LC_ALL": "C.UTF-8",
            ]
        case .dnf, .yum: ["LC_ALL": "C.UTF-8"]
        case .zypper: ["ZYPP_LOCK_TIMEOUT": "\(Self.lockSeconds)", "LC_ALL": "C.UTF-8"]
        }
    }

    /// Reads the lists of the repositories anew.
    var refresh: [String] {
        switch self {
        case .apt: aptGet + ["-o", "Acquire::Retries=3", "update"]
        case .dnf, .yum: [rawValue, "-y", "makecache"]
        case .zypper: ["zypper", "--non-interactive", "refresh"]
        }
    }

    /// Prints the updates that there are, for those that have no option to leave some out.
    var list: [String] {
        switch self {
        case .apt: aptGet + ["--simulate", "--with-new-pkgs", "upgrade"]
        case .dnf, .yum: [rawValue, "-q", "check-update"]
        case .zypper: ["zypper", "--non-interactive", "--xmlout", "list-updates"]
        }
    }

    /// The packages that the answer to `list` offers updates of.
    func packages(in answer: String) -> [String] {
        switch self {
        case .apt:
            // "Inst bash [5.2-1] (5.2-2 Debian:12/stable [amd64])"; without the old version it is a new package.
            return answer.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                return words.count > 2 && words[0] == "Inst" && words[2].hasPrefix("[") ? String(words[1]) : nil
            }
        case .dnf, .yum:
            // "bash.x86_64   5.2-2.el9   baseos", until the packages that are obsoleted.
            let lines = answer.split(separator: "\n").prefix { !$0.hasPrefix("Obsoleting") }
            return lines.compactMap { line in
                let words = line.split(separator: " ")
                guard words.count == 3, let dot = words[0].lastIndex(of: "."), !line.hasPrefix(" ") else { return nil }
                return String(words[0][..<dot])
            }
        case .zypper:
            // <update kind="package" name="bash" … />
            return answer.split(separator: "<").compactMap { element in
                guard element.hasPrefix("update "), element.contains("kind=\"package\"") else { return nil }
                return element.split(separator: " ").first { $0.hasPrefix("name=\"") }
                    .map { String($0.dropFirst(6).prefix { $0 != "\"" }) }
            }
        }
    }

    /// Installs updates.
    ///
    /// - Parameter packages: nil: of all packages.
    func install(_ packages: [String]?) -> [String] {
        let names = packages ?? []
        switch self {
        case .apt:
            // Configuration files that were changed on purpose stay: nobody is there to be asked.
            let options = ["-y", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]
            guard packages != nil else { return aptGet + options + ["--with-new-pkgs", "upgrade"] }
            return aptGet + options + ["--only-upgrade", "install", "--"] + names
        case .dnf: return ["dnf", "-y", "upgrade"] + names
        case .yum: return ["yum", "-y", "update"] + names
        case .zypper:
            return ["zypper", "--non-interactive", "update", "--auto-agree-with-licenses"]
                + (packages == nil ? [] : ["--"] + names)
        }
    }

    private var aptGet: [String] { ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=\(Self.lockSeconds)"] }

    enum Verdict: Equatable { case done, busy, failed }

    /// What an exit code means.
    ///
    /// - Parameter errors: what it said on standard error last.
    func verdict(_ exit: GuestExit, errors: String, isList: Bool = false) -> Verdict {
        guard case .exited(let code) = exit else { return .failed }
        switch (self, code) {
        case (_, 0): return .done
        // apt's own waiting does not reach the lists' lock.
        case (.apt, 100) where errors.contains("Could not get lock"): return .busy
        case (.dnf, 100), (.yum, 100): return isList ? .done : .failed
        case (.zypper, 7): return .busy  // ZYPPER_EXIT_ZYPP_LOCKED
        // 100…103, 106: updates needed, a reboot or restart needed, a repository passed over (zypper(8)).
        case (.zypper, 100...103), (.zypper, 106): return .done
        default: return .failed
        }
    }
}
