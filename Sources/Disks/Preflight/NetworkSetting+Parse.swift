import Yams

/// Each of the ways in which Linux distributions write down what an interface does.
extension NetworkSetting {
    static func all(inFile file: String, _ text: String) -> [NetworkSetting] {
        let settings: [NetworkSetting] =
            if file.hasSuffix(".network") {
                networkd(file, text)
            } else if file.hasSuffix(".link") {
                pin(file, INIFile(text).value("MACAddress", in: "Match"))
            } else if file.hasSuffix(".yaml") {
                netplan(file, text)
            } else if file.hasSuffix(".rules") {
                pin(
                    file,
                    text.split(separator: "ATTR{address}==\"").dropFirst().first?.split(separator: "\"").first.map(
                        String.init))
            } else if file.contains("/NetworkManager/") {
                keyFile(file, text)
            } else if file.contains("/ifcfg-") {
                interfaceFile(file, text)
            } else {
                interfaces(file, text)
            }
        return settings.filter { $0.interface != "lo" }
    }

    private static func pin(_ file: String, _ address: String?) -> [NetworkSetting] {
        address.map { [NetworkSetting(file: file, hardwareAddress: $0)] } ?? []
    }

    /// systemd.network(5).
    private static func networkd(_ file: String, _ text: String) -> [NetworkSetting] {
        let ini = INIFile(text)
        let dhcp = ini.value("DHCP", in: "Network").map { ["yes", "true", "on", "1", "ipv4"].contains($0) } ?? false
        let address = ini.value("Address", in: "Network") ?? ini.value("Address", in: "Address")
        return [
            NetworkSetting(
                file: file, interface: name(ini.value("Name", in: "Match")), usesDHCP: dhcp, isStatic: address != nil,
                hardwareAddress: ini.value("MACAddress", in: "Match") ?? ini.value("PermanentMACAddress", in: "Match"))
        ]
    }

    /// netplan(5), version 2.
    private static func netplan(_ file: String, _ text: String) -> [NetworkSetting] {
        guard let whole = (try? Yams.load(yaml: text)) as? [String: Any],
            let network = whole["network"] as? [String: Any], let cards = network["ethernets"] as? [String: Any]
        else { return [] }
        return cards.sorted { $0.key < $1.key }.compactMap { id, value in
            guard let card = value as? [String: Any] else { return nil }
            let match = card["match"] as? [String: Any]
            let addresses = card["addresses"] as? [Any]
            return NetworkSetting(
                file: file, interface: name(match == nil ? id : match?["name"] as? String),
                usesDHCP: card["dhcp4"] as? Bool ?? false, isStatic: !(addresses ?? []).isEmpty,
                hardwareAddress: match?["macaddress"] as? String)
        }
    }

    /// NetworkManager's key files.
    private static func keyFile(_ file: String, _ text: String) -> [NetworkSetting] {
        let ini = INIFile(text)
        let type = ini.value("type", in: "connection") ?? "ethernet"
        guard ["ethernet", "802-3-ethernet"].contains(type) else { return [] }
        let method = ini.value("method", in: "ipv4")
        return [
            NetworkSetting(
                file: file, interface: name(ini.value("interface-name", in: "connection")),
                usesDHCP: method == "auto", isStatic: method == "manual",
                hardwareAddress: ini.value("mac-address", in: "ethernet"))
        ]
    }

    /// Red Hat's and SUSE's ifcfg files.
    private static func interfaceFile(_ file: String, _ text: String) -> [NetworkSetting] {
        let ini = INIFile(text)
        func value(_ key: String) -> String? { ini.value(key, in: "") }
        let own = file.split(separator: "-", maxSplits: 1).last.map(String.init)
        let last = file.split(separator: "/").last.map { String($0.dropFirst("ifcfg-".count)) }
        return [
            NetworkSetting(
                file: file, interface: name(value("DEVICE") ?? last ?? own),
                usesDHCP: value("BOOTPROTO").map { $0.lowercased().hasPrefix("dhcp") } ?? false,
                isStatic: value("IPADDR") != nil, hardwareAddress: value("HWADDR"))
        ]
    }

    /// interfaces(5).
    private static func interfaces(_ file: String, _ text: String) -> [NetworkSetting] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count >= 4, words[0] == "iface", words[2] == "inet" else { return nil }
            return NetworkSetting(
                file: file, interface: name(String(words[1])), usesDHCP: words[3] == "dhcp",
                isStatic: words[3] == "static")
        }
    }
}

/// `[Section]` and `Key=Value` lines; values without their quotes, the first of a key.
struct INIFile {
    private var values: [String: String] = [:]

    init(_ text: String) {
        var section = ""
        for line in text.split(whereSeparator: \.isNewline).map({ String($0).trimmed }) {
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
            } else if !line.hasPrefix("#"), !line.hasPrefix(";"), let equals = line.firstIndex(of: "=") {
                let key = "\(section)/\(String(line[..<equals]).trimmed)"
                let value = String(line[line.index(after: equals)...]).trimmed.filter { $0 != "\"" && $0 != "'" }
                if values[key] == nil, !value.isEmpty { values[key] = value }
            }
        }
    }

    func value(_ key: String, in section: String) -> String? { values["\(section)/\(key)"] }
}
