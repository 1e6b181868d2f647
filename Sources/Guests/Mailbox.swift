import Failures
import Foundation
import HostSystem

/// Frames on their way from the reading thread to the task that waits for them, bounded: when the task is slow the
/// thread waits, QEMU's buffer fills, and the program in the guest waits too.
final class Mailbox: @unchecked Sendable {
    private static let limit = 4 << 20

    // Guards all below. A condition, for the reading thread really has to sleep.
    private let condition = NSCondition()
    private var frames: [RunnerFrame] = []
    private var bytes = 0
    private var failure: GuestFailure?
    private var waiter: CheckedContinuation<Void, Never>?

    /// Called by the reading thread; blocks while the mailbox is full.
    func push(_ frame: RunnerFrame) {
        condition.lock()
        while bytes > Self.limit && failure == nil { condition.wait() }
        frames.append(frame)
        bytes += frame.payload.count
        let waiter = takeWaiter()
        condition.unlock()
        waiter?.resume()
    }

    /// Ends it: what has come can still be taken, then `next` throws.
    func close(_ failure: GuestFailure) {
        condition.lock()
        if self.failure == nil { self.failure = failure }
        condition.broadcast()
        let waiter = takeWaiter()
        condition.unlock()
        waiter?.resume()
    }

    /// The next frame; nil when the task was cancelled or woken by `wake`.
    func next() async throws(GuestFailure) -> RunnerFrame? {
        if let frame = try pop() { return frame }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !park(continuation) { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
        return try pop()
    }

    /// The next frame, waited for no longer than `limit`.
    func next(within limit: Duration, for purpose: String) async throws(GuestFailure) -> RunnerFrame {
        let timer = Task {
            try await Task.sleep(for: limit)
            wake()
        }
        defer { timer.cancel() }
        guard let frame = try await next() else {
            if Task.isCancelled { throw GuestFailure(.cancelled, "cancelled while waiting for \(purpose)") }
            throw GuestFailure(.timedOut, "\(purpose) did not answer within \(limit.inSeconds)")
        }
        return frame
    }

    func wake() {
        condition.lock()
        let waiter = takeWaiter()
        condition.unlock()
        waiter?.resume()
    }

    private func park(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard frames.isEmpty, failure == nil, !Task.isCancelled else { return false }
        waiter = continuation
        return true
    }

    private func pop() throws(GuestFailure) -> RunnerFrame? {
        condition.lock()
        defer { condition.unlock() }
        if !frames.isEmpty {
            let frame = frames.removeFirst()
            bytes -= frame.payload.count
            condition.signal()
            return frame
        }
        if let failure { throw failure }
        return nil
    }

    private func takeWaiter() -> CheckedContinuation<Void, Never>? {
        defer { waiter = nil }
        return waiter
    }
}
