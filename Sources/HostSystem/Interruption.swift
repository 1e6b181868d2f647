import Dispatch
import Glibc
import Synchronization

/// ^C, SIGTERM and a closed terminal: the first such signal asks the process to end in order, the third to end at once.
public final class Interruption: Sendable {
    /// Set up once, then only cancelled, which Dispatch allows from any thread.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]
    private let count = Atomic<Int>(0)

    public var happened: Bool { count.load(ordering: .relaxed) > 0 }

    /// - Parameter third: ends the process.
    public init(first: @escaping @Sendable () -> Void, third: @escaping @Sendable () -> Void) {
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
                case 1: first()
                case 3...: third()
                default: break
                }
            }
            source.resume()
        }
    }

    public func stop() {
        for source in sources { source.cancel() }
    }
}
