import Glibc

/// Ends a poll(2) of another thread.
final class WakePipe: Sendable {
    /// Readable once woken.
    let descriptor: Int32
    private let other: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // Without one, poll(2) passes over the descriptor, and only ends with what else it waits for.
        if pipe(&ends) != 0 { ends = [-1, -1] }
        for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (descriptor, other) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(other)
    }

    func wake() { _ = write(other, [0], 1) }
}
