/// The sections of Image Builder's Linux clean-up script (EC2 Image Builder user guide, "Security best practices"), with
/// the names of their skip flags.
extension CleaningRule {
    /// - Parameter folder: the working directory, escaped.
    static func imageBuilder(_ folder: String) -> [CleaningRule] {
        let cloudInit = rules(
            .cloudInit,
            [
                "/etc/sudoers.d/90-cloud-init-users", "/etc/locale.conf", "/var/log/cloud-init{,-output}.log",
                inside("/var/lib/cloud"),
            ])
        let instance = rules(
            .instance,
            [
                "/etc/.updated", "/etc/aliases.db", "/etc/hostname", "/var/lib/misc/postfix.aliasesdb-stamp",
                "/var/lib/postfix/master.lock", "/var/spool/postfix/pid/master.pid", "/var/.updated",
                "/var/cache/yum/*/*/.gpgkeyschecked.yum", "/var/cache/yum/*/*/*/.gpgkeyschecked.yum",
            ])
        let ssh = rules(
            .ssh,
            [
                "/etc/ssh/ssh_host_*_key{,.pub}", "/root/.ssh/authorized_keys{,2}", "/home/*/.ssh/authorized_keys{,2}",
            ])
        let logs = rules(
            .instanceLogs, ["/var/log/audit/audit.log", "/var/log/boot.log", "/var/log/dmesg", "/var/log/cron"])
        let toe = rules(.toe, ["\(folder)/TOE_*"])
        return cloudInit + instance + ssh + logs + toe + rules(.ssmLogs, [inside("/var/log/amazon/ssm")])
    }

    /// What the script cleans without asking, its newer copies included, and what Kiln itself has brought.
    static func always(_ folder: String) -> [CleaningRule] {
        let removed = [
            "/var/log/sa/sa*", "/var/lib/{dhclient,dhcp}/*.lease*", inside("/var/tmp"),
            "/var/lib/rsyslog/imjournal.state", inside("/var/log/journal"), "/var/lib/systemd/random-seed",
            "\(folder)/{skip_cleanup_*,perform_cleanup}",
        ]
        return rules(nil, removed + AgentFiles.all.map(escape))
            // Empty, not "uninitialized" or gone: the next boot makes a new one and does not count as a first boot, which
            // would apply systemd's presets to services that the recipe has enabled.
            + rules(nil, ["/etc/machine-id", "/var/lib/dbus/machine-id"], .truncate)
    }
}
