/// Where the agent that Kiln brings lies in a guest, and how it is started there.
///
/// All of it is below /usr/lib: links below /etc may go at a first boot, when systemd applies its presets.
enum AgentFiles {
    static let folder = "/usr/lib/kiln-agent"
    private static let units = "/usr/lib/systemd/system"
    static let unit = "\(units)/kiln-guest-agent.service"
    static let link = "\(units)/multi-user.target.wants/kiln-guest-agent.service"
    /// The port has one reader: a distribution's own agent keeps still while Kiln's is there.
    static let overrides = ["qemu-guest-agent", "qemu-ga@"].map { "\(units)/\($0).service.d/kiln.conf" }

    static let loader = "\(folder)/loader"
    static let program = "\(folder)/qemu-ga"
    static let libraries = "\(folder)/lib"
    static let script = "\(folder)/start"
    /// Never there: qemu-ga takes that for no configuration, but /dev/null for a broken one.
    static let configuration = "\(folder)/no-configuration"

    /// All that is put into a guest; what is inside the folder goes with it.
    static var all: [String] { [folder, unit, link] + overrides }

    /// Folders that may be there for these files alone; only empty ones are removed.
    static var folders: [String] {
        (overrides + [link]).map { String($0[..<($0.lastIndex(of: "/") ?? $0.endIndex)]) }
    }

    /// No network, no package manager, nothing of the guest's libraries: it needs a kernel, systemd and /bin/sh.
    ///
    /// Without the default dependencies, which wait for all of sysinit.target: cloud-init's network stage is part of that
    /// on Debian, and Kiln should see a guest that never gets a network.
    static let unitText = """
        [Unit]
        Description=QEMU guest agent of Kiln, for the time of a build
        DefaultDependencies=no
        After=local-fs.target systemd-tmpfiles-setup.service
        Before=shutdown.target
        Conflicts=shutdown.target
        StartLimitIntervalSec=0

        [Service]
        ExecStart=/bin/sh \(script)
        Restart=always
        RestartSec=1
        OOMScoreAdjust=-900

        """

    /// Looks for the port until it is there, with the driver loaded by hand: udev may be far from done. qemu-ga reads no
    /// configuration of the guest's: that may keep commands back.
    static let scriptText = """
        PATH=/usr/sbin:/usr/bin:/sbin:/bin
        modprobe -aq virtio_pci virtio_console
        port=/dev/virtio-ports/org.qemu.guest_agent.0
        until [ -e "$port" ]; do
          for file in /sys/class/virtio-ports/*/name; do
            [ -r "$file" ] && read -r name < "$file" || continue
            [ "$name" = org.qemu.guest_agent.0 ] || continue
            device=${file%/name}
            [ -e "/dev/${device##*/}" ] && port=/dev/${device##*/} && break 2
          done
          sleep 1 || exit 1
        done
        unset LD_PRELOAD LD_LIBRARY_PATH
        QGA_CONF=\(configuration)
        export QGA_CONF
        exec \(loader) --inhibit-cache --library-path \(libraries) \(program) -m virtio-serial -p "$port" -t /run

        """

    static let overrideText = "[Unit]\nConditionPathExists=!\(folder)\n"
}
