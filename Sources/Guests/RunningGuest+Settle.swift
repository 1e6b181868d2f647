import Failures

extension RunningGuest {
    /// Waits until systemd has nothing left to start, at most `limit`: an agent that starts early in the boot says nothing
    /// of the network, of cloud-init, or of services that the programs to come may need.
    func settle(upTo limit: Duration) async throws(GuestFailure) {
        // `systemctl is-system-running --wait` is younger than some systems that are still built on.
        let script = """
            while :; do
              case $(systemctl is-system-running 2>/dev/null) in
                running|degraded|maintenance|stopping) exit 0 ;;
              esac
              sleep 1
            done
            """
        try await runQuietly(script, limit: limit)
    }

    /// Runs a shell script of Kiln's own, which heeds its programs' status itself and does without those that are not there.
    func runQuietly(_ script: String, limit: Duration) async throws(GuestFailure) {
        let paths = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
        _ = try await run(GuestCommand(["/bin/sh", "-c", paths + script], limit: limit)) { _ in }
    }
}
