import Glibc

/// Tells which case was running when the process crashed, or when a case took too long.
enum Watchdog {
    /// No case of 64 KiB takes a tenth of this.
    private static let mostSeconds: UInt32 = 10
    /// Written before each case; signal handlers may read memory and call write(2), little else.
    nonisolated(unsafe) private static let message = UnsafeMutablePointer<CChar>.allocate(capacity: 256)
    nonisolated(unsafe) private static var seed: UInt64 = 0

    static func install(seed: UInt64) {
        self.seed = seed
        for crash in [SIGILL, SIGSEGV, SIGTRAP, SIGABRT, SIGBUS, SIGFPE] {
            signal(crash) { number in
                Watchdog.report()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        signal(SIGALRM) { _ in
            Watchdog.report()
            _exit(1)
        }
    }

    static func begin(_ number: UInt64) {
        let text = "crashed or hung: run again with --replay \(seed) \(number)\n"
        text.withCString { _ = strncpy(message, $0, 255) }
        alarm(mostSeconds)
    }

    static func stop() {
        alarm(0)
    }

    private static func report() {
        write(2, message, strlen(message))
    }
}
