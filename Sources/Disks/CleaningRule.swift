/// What is taken out of an image before it is frozen.
///
/// The sections and their skip flags are Image Builder's (user guide, "Security best practices": the Linux clean-up
/// script); the last section is what virt-sysprep does by default beyond that.
public struct CleaningRule: Sendable, Equatable {
    public enum Action: Sendable, Equatable { case remove, truncate }

    /// The name of the empty file in the component's working directory that keeps a section; nil is always cleaned.
    public enum Section: String, Sendable, CaseIterable {
        case cloudInit = "skip_cleanup_cloudinit_files"
        case instance = "skip_cleanup_instance_files"
        case ssh = "skip_cleanup_ssh_files"
        case instanceLogs = "skip_cleanup_instance_log_files"
        case toe = "skip_cleanup_toe_files"
        case ssmLogs = "skip_cleanup_ssm_log_files"
        /// Kiln's own name: Image Builder has no such section.
        case sysprep = "skip_cleanup_sysprep_files"
    }

    public var section: Section?
    public var pattern: String
    public var action: Action = .remove

    /// - Parameter workingDirectory: the recipe's.
    static func all(workingDirectory: String) -> [CleaningRule] {
        func rules(_ section: Section?, _ patterns: [String], _ action: Action = .remove) -> [CleaningRule] {
            patterns.map { CleaningRule(section: section, pattern: $0, action: action) }
        }
        return rules(
            .cloudInit,
            [
                "/etc/sudoers.d/90-cloud-init-users", "/etc/locale.conf", "/var/log/cloud-init.log",
                "/var/log/cloud-init-output.log", "/var/lib/cloud/*",
            ])
            + rules(
                .instance,
                [
                    "/etc/.updated", "/etc/aliases.db", "/etc/hostname", "/var/lib/misc/postfix.aliasesdb-stamp",
                    "/var/lib/postfix/master.lock", "/var/spool/postfix/pid/master.pid", "/var/.updated",
                    "/var/cache/yum/*/*/.gpgkeyschecked.yum",
                ])
            + rules(
                .ssh,
                [
                    "/etc/ssh/ssh_host_*_key", "/etc/ssh/ssh_host_*_key.pub", "/root/.ssh/authorized_keys",
                    "/home/*/.ssh/authorized_keys",
                ])
            + rules(
                .instanceLogs, ["/var/log/audit/audit.log", "/var/log/boot.log", "/var/log/dmesg", "/var/log/cron"])
            + rules(.toe, ["\(workingDirectory)/TOE_*"])
            + rules(.ssmLogs, ["/var/log/amazon/ssm/*"])
            + rules(
                nil,
                [
                    "/var/log/sa/sa*", "/var/lib/dhclient/*.lease*", "/var/lib/dhcp/*.lease*", "/var/tmp/*",
                    "/var/lib/rsyslog/imjournal.state", "/var/log/journal/*", "/var/lib/systemd/random-seed",
                    "\(workingDirectory)/skip_cleanup_*",
                ])
            + rules(nil, ["/etc/machine-id", "/var/lib/dbus/machine-id"], .truncate)
            + rules(
                .sysprep,
                [
                    "/root/.bash_history", "/home/*/.bash_history", "/var/crash/*", "/var/spool/abrt/*",
                    "/var/lib/NetworkManager/*.lease", "/var/lib/systemd/network/*.lease", "/var/spool/mail/*",
                    "/var/mail/*", "/tmp/*", "/tmp/.[!.]*", "/var/tmp/.[!.]*",
                    "/etc/udev/rules.d/70-persistent-net.rules",
                    "/var/cache/apt/archives/*.deb", "/var/cache/apt/*.bin", "/var/lib/apt/lists/*_*",
                    "/var/cache/dnf/*", "/var/cache/yum/*", "/var/cache/zypp/*", "/etc/passwd-", "/etc/shadow-",
                    "/etc/group-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-", "/var/lib/puppet/*/log/*",
                    "/etc/krb5.keytab", "/var/lib/samba/*/*.tdb", "/var/lib/sss/db/*", "/var/account/pacct",
                    "/var/log/*.log.[0-9]*", "/var/log/*.gz", "/var/log/installer/*", "/var/lib/logrotate/status",
                    "/etc/sysconfig/rhn/systemid", "/var/lib/rpm/__db.*", "/root/anaconda-ks.cfg",
                ])
            + rules(
                .sysprep,
                [
                    "/var/log/*.log", "/var/log/apt/*.log", "/var/log/messages", "/var/log/syslog", "/var/log/secure",
                    "/var/log/maillog", "/var/log/lastlog", "/var/log/wtmp", "/var/log/btmp", "/var/run/utmp",
                    "/var/log/faillog", "/var/log/tallylog",
                ], .truncate)
    }
}
