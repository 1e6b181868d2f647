import Dispatch
import Failures
import Glibc
import Synchronization

/// ^C, SIGTERM and a closed terminal ask the running command to end in order; a third signal ends it at once, and the
/// next start sweeps what is left.
final class Interruption: Sendable {
    /// Set up once, then only cancelled, which Dispatch allows from any thread.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]
    private let count = Atomic<Int>(0)

    var happened: Bool { count.load(ordering: .relaxed) > 0 }

    init(_ cancel: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "org.kiln.signals")
        var sources: [any DispatchSourceSignal] = []
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            sources.append(DispatchSource.makeSignalSource(signal: number, queue: queue))
        }
        self.sources = sources
        for source in sources {
            source.setEventHandler { [weak self] in
                guard let self else { return }
                switch self.count.add(1, ordering: .relaxed).newValue {
                case 1:
                    Terminal.complain("\nkiln: interrupted, cleaning up (^C twice more ends at once)")
                    cancel()
                case 3...:
                    RawTerminal.restore()
                    _exit(ExitStatus.interrupted.rawValue)
                default: break
                }
            }
            source.resume()
        }
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
