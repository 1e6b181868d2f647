import Synchronization

/// How much of a program's input may still be sent: as much as it has taken, and a fixed amount more. Without it a guest
/// whose program reads nothing would stop reading the frames of all others.
///
/// One task sends at a time.
final class InputWindow: Sendable {
    private struct State {
        var credit = RunnerFrame.inputWindow
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    /// The program has taken so many bytes.
    func add(_ count: Int) { wake { $0.credit += count } }

    /// The program has ended: nobody waits any more.
    func close() { wake { $0.isClosed = true } }

    /// Waits until something may be sent.
    ///
    /// - Returns: how many bytes, at most `wanted`; 0 once closed, and when the task is cancelled.
    func take(upTo wanted: Int) async -> Int {
        while !Task.isCancelled {
            let granted: Int? = state.withLock { state in
                if state.isClosed { return 0 }
                let count = min(wanted, state.credit)
                state.credit -= count
                return count > 0 ? count : nil
            }
            if let granted { return granted }
            await change()
        }
        return 0
    }

    private func change() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isParked = state.withLock { state in
                    guard state.credit == 0, !state.isClosed, !Task.isCancelled else { return false }
                    state.waiter = continuation
                    return true
                }
                if !isParked { continuation.resume() }
            }
        } onCancel: {
            wake { _ in }
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
