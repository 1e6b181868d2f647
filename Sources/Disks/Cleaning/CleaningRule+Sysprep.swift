/// What virt-sysprep removes by default beyond Image Builder's sections, by its operations (virt-sysprep(1)).
///
/// Left out, because a recipe may have made it on purpose: crontabs, NetworkManager's connections, whole .ssh folders,
/// backup files in /srv and /var. docs/cleaning.md has the reasons.
extension CleaningRule {
    static let sysprep: [CleaningRule] =
        [histories, networking, services, packages, state, rotatedLogs].flatMap { rules(.sysprep, $0) }
        + rules(.sysprep, logs, .truncate)

    /// bash-history, ssh-userdir, backup-files, passwd-backups
    private static let histories: [String] = [
        "/{root,home/*}/.{bash,zsh,ash,sh,python,mysql,psql}_history", "/{root,home/*}/.{lesshst,viminfo,wget-hsts}",
        "/{root,home/*}/.local/share/fish/fish_history", "/{root,home/*}/.ssh/{id_*,known_hosts*}",
        "/{etc,root,home/*}/{,*/,*/*/}{,.}*{~,.bak}", "/etc/{passwd,shadow,group,gshadow,subuid,subgid}{-,.old}",
    ]

    /// dhcp-client-state, dhcp-server-state, udev-persistent-net, net-hwaddr (beside the lines of ifcfg files)
    private static let networking: [String] = [
        inside("/var/lib/{dhclient,dhcp,dhcpcd,dhcpd}"), "/var/lib/NetworkManager/*.lease",
        "/var/lib/NetworkManager/{secret_key,seen-bssids,timestamps}", "/var/lib/systemd/network/*.lease",
        "/etc/udev/rules.d/7{0,5}-persistent-{net,cd}{,-generator}.rules",
    ]

    /// abrt-data, crash-data, cron-spool, dovecot-data, ipa-client, kerberos-hostkeytab, mail-spool, pacct-log, pam-data,
    /// puppet-data-log, samba-db-log, sssd-db-log
    private static let services: [String] = [
        inside("/var/spool/abrt"), inside("/var/{crash,log/dump}"), "/var/spool/anacron/cron.*",
        inside("/var/spool/{at,at/spool,cron/atjobs,cron/atspool}"), inside("/var/lib/dovecot"),
        "/etc/ipa/{ca.crt,default.conf}", "/var/lib/ipa-client/{pki,sysrestore}/*", "/etc/krb5.keytab",
        inside("/var/{spool/mail,mail}"), "/var/{account,log/account}/pacct*",
        "/var/run/{console,faillock,sepermit}/*", "/var/lib/faillock/*", "/var/lib/puppet/*/*",
        "/var/lib/samba/{*.tdb,private/*.tdb,lock/*,msg.lock/*}", inside("/var/lib/sss/{db,mc}"),
    ]

    /// package-manager-cache, rh-subscription-manager, rhn-systemid, rpm-db, smolt-uuid, yum-uuid
    private static let packages: [String] = [
        "/var/cache/apt/{archives/*.deb,archives/partial/*,*.bin}", "/var/lib/apt/lists/{*_*,partial/*,auxfiles/*}",
        inside("/var/cache/{dnf,yum,zypp,libdnf5,apk,pacman/pkg}"), "/etc/pki/{consumer,entitlement}/*",
        "/etc/sysconfig/rhn/{systemid,osad-auth.conf}", "/var/lib/rpm/__db.*",
        "/etc/{sysconfig/hw-uuid,smolt/uuid,smolt/hw-uuid}", "/var/lib/yum/uuid",
    ]

    /// blkid-tab, tmp-files, utmp, and what installers leave
    private static let state: [String] = [
        "/etc/{blkid.tab,blkid/blkid.tab}{,.old}", "/var/run/blkid.tab{,.old}", "/dev/.blkid.tab{,.old}",
        inside("/tmp"), "/root/{anaconda-ks.cfg,original-ks.cfg,install.log,install.log.syslog}",
        "/var/lib/logrotate{.status,/status,/logrotate.status}", "/var/lib/fprint/*", "/var/cache/{gdm,man}/*",
        "/var/lib/AccountsService/users/*",
    ]

    /// logfiles: what is rotated or lies in folders of one program goes
    private static let rotatedLogs: [String] = [
        "/var/log/*.{[0-9],[0-9][0-9],gz,xz,zst,old}", "/var/log/*-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*",
        "/var/log/*/*.{[0-9],[0-9][0-9],gz,xz,zst,old}", "/var/log/{installer,anaconda,gdm,lightdm,ConsoleKit}/*",
        "/var/log/{anaconda.syslog,aptitude,grubby,ntp,xferlog}", "/var/log/{sssd,samba,samba/old}/*",
        "/var/log/{setroubleshoot,ntpstats,rhsm,puppet,mail,BackupPC}/*", "/var/log/ppp/connect-errors",
        "/var/named/data/named.run",
    ]

    /// logfiles: what a service writes to stays, empty
    private static let logs: [String] = [
        "/var/log/*.log", "/var/log/{apt,audit,exim4,squid,ceph,chrony,tuned,glusterfs,jetty,libvirt}/*.log",
        "/var/log/libvirt/{qemu,lxc,libxl,uml}/*.log", "/var/log/{httpd,apache2,nginx,cups}/*{log,_log}",
        "/var/log/{messages,syslog,secure,maillog,spooler,debug,daemon,kern,mail.err,mail.info,mail.warn}",
        "/var/log/{lastlog,wtmp,btmp,faillog,tallylog,firewalld,unattended-upgrades/*.log}", "/var/run/utmp",
    ]
}
