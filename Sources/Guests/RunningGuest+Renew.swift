import Failures

/// What a guest must not share with the copies that are made of it, and what must not happen in each of them at once.
extension RunningGuest {
    private static let heldTimers = "/run/kiln-held-timers"

    /// Stops systemd's timers: a copy that wakes days later would start all that has become due, which a boot does not.
    /// `releaseTimers()` starts them as a boot does.
    func holdTimers() async throws(GuestFailure) {
        try await runQuietly(
            """
            timers=$(systemctl list-units --type=timer --state=active --plain --no-legend | cut -d' ' -f1)
            echo $timers >\(Self.heldTimers)
            [ -z "$timers" ] || systemctl stop $timers
            """, limit: .seconds(60))
    }

    /// Gives a restored guest a machine-id and a lease of its own. Its clock and its random numbers are there already.
    ///
    /// Only systemd-networkd is asked for another lease: the user-mode network gives every guest the same address.
    func renew() async throws(GuestFailure) {
        try await runQuietly(
            """
            id=$(tr -d - </proc/sys/kernel/random/uuid)
            for file in /etc/machine-id /var/lib/dbus/machine-id; do
              [ -s $file ] && [ ! -L $file ] && echo $id >$file
            done
            if systemctl -q is-active systemd-networkd; then
              for card in /sys/class/net/*; do
                [ ! -e $card/device ] || networkctl renew ${card##*/}
              done
            fi
            """, limit: .seconds(60))
    }

    func releaseTimers() async throws(GuestFailure) {
        try await runQuietly(
            """
            timers=$(cat \(Self.heldTimers))
            rm -f \(Self.heldTimers)
            [ -z "$timers" ] || systemctl start --no-block $timers
            """, limit: .seconds(60))
    }
}
