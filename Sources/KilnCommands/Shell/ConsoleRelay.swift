import Failures
import Glibc
import Guests
import HostSystem
import SystemPackage

/// Joins this process's own streams to a guest's serial console.
struct ConsoleRelay {
    let guest: KeptGuest

    /// How much of what the console has said before is shown.
    private static let past = 64 << 10

    init(_ guest: KeptGuest) { self.guest = guest }

    func run() async throws {
        let (socket, lock) = try guest.openConsole()
        defer {
            close(socket)
            withExtendedLifetime(lock) {}
        }
        _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
        let terminal = RawTerminal()
        defer { terminal?.leave() }
        if terminal != nil { Terminal.complain("[\(guest.name), console; ~. at the beginning of a line leaves]\r") }
        showPast()
        let wake = WakePipe()
        let isTyped = terminal != nil
        let isGone = await withTaskCancellationHandler {
            await offPool { Self.relay(socket, until: wake.descriptor, isTyped: isTyped) }
        } onCancel: {
            wake.wake()
        }
        try Task.checkCancellation()
        if isGone { throw GuestFailure(.crashed, "the console of \(guest.name) has ended") }
    }

    private func showPast() {
        let file = open(guest.console, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        let start = max(0, lseek(file, 0, SEEK_END) - off_t(Self.past))
        var buffer = [UInt8](repeating: 0, count: Self.past)
        let count = pread(file, &buffer, buffer.count, start)
        _ = Terminal.say(raw: buffer.prefix(max(0, count)))
    }

    /// Both ways in one thread, and never waiting to write to a guest that itself waits to write.
    ///
    /// - Returns: whether the guest has gone, rather than the user.
    private static func relay(_ socket: Int32, until wake: Int32, isTyped: Bool) -> Bool {
        var filter = EscapeFilter()
        var (pending, buffer): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 16 << 10))
        var (inputEnded, isLeaving) = (false, false)
        while true {
            if isLeaving && pending.isEmpty { return false }
            let wantsInput = pending.isEmpty && !inputEnded
            var waited = [
                pollfd(fd: socket, events: Int16(POLLIN | (pending.isEmpty ? 0 : POLLOUT)), revents: 0),
                pollfd(fd: wantsInput ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            ]
            guard retryingInterrupts({ poll(&waited, 3, -1) }) > 0, waited[2].revents == 0 else { return false }
            if waited[0].revents & Int16(POLLOUT) != 0 {
                let count = send(socket, pending, pending.count, Int32(MSG_NOSIGNAL))
                if count > 0 { pending.removeFirst(count) }
            }
            if waited[0].revents & Int16(POLLIN | POLLHUP) != 0 {
                let count = recv(socket, &buffer, buffer.count, 0)
                if count == 0 { return true }
                if count > 0, !Terminal.say(raw: buffer.prefix(count)) { return false }
            }
            guard waited[1].revents != 0 else { continue }
            let count = retryingInterrupts { read(STDIN_FILENO, &buffer, buffer.count) }
            guard count > 0 else {
                inputEnded = true
                // What still comes is of use to a script; a terminal that has gone is not.
                if isTyped { return false }
                continue
            }
            var bytes = Array(buffer.prefix(count))
            guard isTyped else {
                pending = bytes
                continue
            }
            while !bytes.isEmpty, !isLeaving {
                let (input, order, rest) = filter.feed(bytes)
                (pending, bytes) = (pending + input, rest)
                switch order {
                case .leave: isLeaving = true
                case .suspend: RawTerminal.suspend()
                case .help: _ = Terminal.say(raw: Array(EscapeFilter.help.utf8))
                case nil: break
                }
            }
        }
    }
}
