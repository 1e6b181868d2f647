import Components
import Synchronization

/// The time from each step's start to the next one's, or to the document's end.
final class StepClock: Sendable {
    private let state = Mutex((start: ContinuousClock.Instant?.none, milliseconds: [Double]()))

    func begin() { state.withLock { $0.start = nil } }

    func note(_ event: StepEvent) {
        if case .started = event { tick() }
    }

    func end() { tick() }

    private func tick() {
        let now = ContinuousClock.now
        state.withLock { state in
            if let start = state.start { state.milliseconds.append((now - start) / .milliseconds(1)) }
            state.start = now
        }
    }

    var milliseconds: [Double] { state.withLock { $0.milliseconds } }
}

/// Figures on their way out of the time that a guest is lent.
final class FigureList: Sendable {
    private let figures = Mutex<[Figure]>([])
    func add(_ figure: Figure) { figures.withLock { $0.append(figure) } }
    var all: [Figure] { figures.withLock { $0 } }
}
