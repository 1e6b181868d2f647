/// What the system does once its kernel runs.
extension EC2Readiness {
    func mountFindings() -> [EC2Finding] {
        // ImportImage writes UUIDs, and nofail, into fstab itself.
        facts.mounts.compactMap { entry in
            if entry.options.contains("noauto") { return nil }
            let what = "/etc/fstab mounts \(entry.source) on \(entry.point)"
            if DeviceName.isUnstable(entry.source) {
                return EC2Finding(
                    .fstabName, entry.mayFail ? .warning : .error, ways: Self.usualWays,
                    "\(what), and disks have other names on EC2",
                    mend: "name it by UUID (blkid tells it), and give data disks nofail")
            }
            guard let identity = entry.identity, !facts.identities.contains(identity) else { return nil }
            return EC2Finding(
                .fstabMissing, entry.mayFail ? .warning : .error, ways: Self.usualWays,
                "\(what), which is not on this disk",
                mend: "remove the line, or give it nofail")
        }
    }

    func startFindings() -> [EC2Finding] {
        guard facts.system != nil else { return [] }
        guard let cloudInit = facts.cloudInit else {
            return [
                EC2Finding(
                    .cloudInit, .warning,
                    "there is no cloud-init: nobody puts the instance's key, host name and user data in place",
                    mend: "install cloud-init, or what else asks 169.254.169.254 for them")
            ]
        }
        var found: [EC2Finding] = []
        let line = facts.kernel?.commandLine ?? []
        if cloudInit.isDisabled || line.contains("cloud-init=disabled") {
            found.append(
                EC2Finding(
                    .cloudInit, .warning, "cloud-init is installed and disabled",
                    mend:
                        "remove /etc/cloud/cloud-init.disabled, and cloud-init=disabled from the kernel's command line")
            )
        }
        if let list = cloudInit.datasources, !list.contains("Ec2") {
            found.append(
                EC2Finding(
                    .datasource, .warning,
                    "cloud-init asks \(list.isEmpty ? "nobody" : list.joined(separator: ", ")), and not EC2: no key, no user data",
                    mend: "datasource_list: [NoCloud, Ec2, None] in /etc/cloud/cloud.cfg.d, or no such line"))
        } else if line.contains(where: { $0.hasPrefix("ds=nocloud") }) {
            found.append(
                EC2Finding(
                    .datasource, .warning, "the kernel's command line ties cloud-init to NoCloud (ds=nocloud)",
                    mend: "remove it from /etc/default/grub, and run update-grub"))
        }
        if !cloudInit.seeds.isEmpty {
            found.append(
                EC2Finding(
                    .seed, .warning,
                    "a seed was left on the disk, which cloud-init takes before EC2's: \(cloudInit.seeds.joined(separator: ", "))",
                    mend: "remove it; `kiln build` does, unless skipCleanup keeps it"))
        }
        return found
    }

    func networkFindings() -> [EC2Finding] {
        guard facts.system != nil else { return [] }
        let settings = facts.network.settings
        var found: [EC2Finding] = []
        let isCloudInits = facts.cloudInit.map { !$0.isDisabled && !$0.leavesNetwork } ?? false
        // What cloud-init wrote for this machine it writes anew for the next.
        let lasting = settings.filter { !(isCloudInits && $0.isGenerated) }
        for setting in lasting {
            if let address = setting.hardwareAddress {
                found.append(
                    EC2Finding(
                        .hardwareAddress, .warning,
                        "\(setting.file) is for the card \(address) alone, and each instance has another",
                        mend: "remove the address from it"))
            }
            if setting.isStatic {
                found.append(
                    EC2Finding(
                        .networkStatic, .warning, ways: Self.usualWays,
                        "\(setting.file) gives an interface a fixed address; EC2's come by DHCP",
                        mend: "let the interface use DHCP"))
            }
        }
        if isCloudInits || facts.network.hasNetworkManager { return found }
        let dhcp = lasting.filter { $0.usesDHCP && $0.hardwareAddress == nil }
        if dhcp.isEmpty {
            found.append(
                EC2Finding(
                    .networkDHCP, .warning, "nothing asks for an address by DHCP: nobody reaches the instance",
                    mend:
                        "configure the first interface for DHCP: a file in /etc/systemd/network with Type=ether and DHCP=yes, or cloud-init"
                ))
        } else if dhcp.allSatisfy({ $0.interface.map { !["eth0", "ens5"].contains($0) } ?? false }) {
            let names = dhcp.compactMap(\.interface).joined(separator: ", ")
            found.append(
                EC2Finding(
                    .networkName, .warning,
                    "DHCP is configured for \(names) only; on EC2 the interface is called ens5 or eth0",
                    mend: "match any interface: Type=ether, or a netplan match with name: \"e*\""))
        }
        return found
    }
}
