import Glibc
import HostSystem

/// Reads standard input as it is wanted, so that a slow guest slows whoever writes to it.
final class InputReader: Sendable {
    private static let piece = 16 << 10
    /// Ends a read under way.
    private let wake = WakePipe()

    /// The next bytes; nil at the end, and once closed.
    func next() async -> [UInt8]? {
        await withTaskCancellationHandler {
            await offPool { [wake] in Self.read(until: wake.descriptor) }
        } onCancel: {
            close()
        }
    }

    func close() { wake.wake() }

    private static func read(until wake: Int32) -> [UInt8]? {
        var waited = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        guard retryingInterrupts({ poll(&waited, 2, -1) }) > 0, waited[1].revents == 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: piece)
        let count = retryingInterrupts { Glibc.read(STDIN_FILENO, &buffer, buffer.count) }
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }
}
