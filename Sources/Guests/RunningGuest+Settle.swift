import Failures

extension RunningGuest {
    /// Waits until systemd has nothing left to start, at most `limit`: an agent that starts early in the boot says nothing
    /// of the network, of cloud-init, or of services that the programs to come may need.
    func settle(upTo limit: Duration) async throws(GuestFailure) {
        // `systemctl is-system-running --wait` is younger than some systems that are still built on.
        let script = """
            PATH=/usr/sbin:/usr/bin:/sbin:/bin
            while :; do
              case $(systemctl is-system-running 2>/dev/null) in
                running|degraded|maintenance|stopping) exit 0 ;;
              esac
              sleep 1
            done
            """
        _ = try await run(GuestCommand(["/bin/sh", "-c", script], limit: limit)) { _ in }
    }
}
