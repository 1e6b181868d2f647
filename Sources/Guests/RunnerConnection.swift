import Dispatch
import Failures
import Glibc
import HostSystem
import Synchronization

/// The host's end of the runner's port: one socket, one reading thread, a mailbox for each request under way.
final class RunnerConnection: Sendable {
    private let descriptor: Int32
    let guestName: String
    /// libvirt tells why a guest has ended, a moment after its socket has.
    private let isFollowed: Bool
    private let state = Mutex(State())
    /// Writes block while the guest does not read; they wait here, in order.
    private let writing = DispatchQueue(label: "org.kiln.runner.write")
    private let reading = DispatchQueue(label: "org.kiln.runner.read")

    private struct State {
        var next: UInt32 = 1
        var mailboxes: [UInt32: Mailbox] = [:]
        var failure: GuestFailure?
    }

    /// The longest that a guest may go without taking the next bytes: one that hangs takes none, and its socket stays.
    private static let patience = Duration.seconds(120)
    /// What a frame under way is given when its task is cancelled; half a frame would be the end of the connection.
    private static let cancelledPatience = Duration.seconds(3)

    /// Connects to the socket that QEMU listens on. QEMU serves one client at a time; another one waits.
    init(socket path: String, guestName: String, isFollowed: Bool = true) throws(GuestFailure) {
        self.guestName = guestName
        self.isFollowed = isFollowed
        descriptor = try UnixSocket.connect(path, of: guestName)
    }

    deinit { Glibc.close(descriptor) }

    private static let greetingInterval = Duration.milliseconds(500)

    /// Begins: the runner ends what an earlier connection had under way, and answers this one.
    ///
    /// The greeting is sent again until it is answered: a guest that goes on from its RAM is told of the end of the connection that
    /// it had then, and drops what it answers just before it is told of the new one. Frames are handled in order, so one
    /// greeting too many is over before the first request.
    func greet(within limit: Duration) async throws(GuestFailure) {
        let (channel, mailbox) = try openChannel()
        defer { closeChannel(channel) }
        let nonce = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let answer = RunnerFrame(kind: .helloBack, channel: channel, payload: nonce)
        reading.async {
            // What is left of an earlier connection's frames comes first.
            if self.skip(to: answer.encoded) { mailbox.push(answer) }
            self.readFrames()
        }
        let end = ContinuousClock.now + limit
        while true {
            try await send(RunnerFrame(kind: .hello, channel: channel, payload: nonce))
            let left = end - ContinuousClock.now
            do throws(GuestFailure) {
                _ = try await mailbox.next(
                    within: min(left, Self.greetingInterval), for: "the runner in \(guestName)")
                return
            } catch {
                guard error.code == .timedOut else { throw error }
                if left <= Self.greetingInterval {
                    throw GuestFailure(
                        .timedOut, "the runner in \(guestName) did not answer within \(limit.inSeconds)")
                }
            }
        }
    }

    private func skip(to pattern: [UInt8]) -> Bool {
        guard var seen = read(pattern.count) else { return false }
        while seen != pattern {
            guard let next = read(1) else { return false }
            seen = seen.dropFirst() + next
        }
        return true
    }

    /// Ends every request under way with `failure`, and every later one.
    func close(_ failure: GuestFailure) {
        let mailboxes = state.withLock { state in
            if state.failure == nil { state.failure = failure }
            defer { state.mailboxes = [:] }
            return Array(state.mailboxes.values)
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
        for mailbox in mailboxes { mailbox.close(failure) }
    }

    func openChannel() throws(GuestFailure) -> (UInt32, Mailbox) {
        let mailbox = Mailbox()
        let opened: Result<UInt32, GuestFailure> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            defer { state.next &+= 1 }
            state.mailboxes[state.next] = mailbox
            return .success(state.next)
        }
        return (try opened.get(), mailbox)
    }

    func closeChannel(_ channel: UInt32) {
        // Closed, not only forgotten: the reading thread may be waiting for room in it.
        let mailbox = state.withLock { $0.mailboxes.removeValue(forKey: channel) }
        mailbox?.close(GuestFailure(.cancelled, "the request has ended"))
    }

    func send(_ frame: RunnerFrame) async throws(GuestFailure) {
        let bytes = frame.encoded
        let cancelled = Atomic<Bool>(false)
        let written: Bool = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                writing.async { continuation.resume(returning: self.writeAll(bytes, cancelled)) }
            }
        } onCancel: {
            cancelled.store(true, ordering: .relaxed)
        }
        guard written else { throw state.withLock { $0.failure } ?? lost }
    }

    private var lost: GuestFailure {
        GuestFailure(.crashed, "the connection to \(guestName) was lost")
    }

    private func writeAll(_ bytes: [UInt8], _ cancelled: borrowing Atomic<Bool>) -> Bool {
        var offset = 0
        var end = ContinuousClock.now + Self.patience
        var hurried = false
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                offset += count
                end = ContinuousClock.now + Self.patience
                continue
            }
            if count < 0 && errno == EINTR { continue }
            guard count < 0, errno == EAGAIN else { return false }
            if cancelled.load(ordering: .relaxed), !hurried {
                hurried = true
                end = ContinuousClock.now + Self.cancelledPatience
            }
            guard ContinuousClock.now < end else {
                close(
                    hurried
                        ? GuestFailure(.cancelled, "cancelled while \(guestName) took no data")
                        : GuestFailure(.timedOut, "\(guestName) has taken no data for \(Self.patience.inSeconds)"))
                return false
            }
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&ready, 1, 100)
        }
        return true
    }

    private func readFrames() {
        while let header = read(RunnerFrame.headerLength) {
            let words = RunnerFrame.words(header)
            guard let kind = RunnerFrame.Kind(rawValue: words[0]), words[2] <= RunnerFrame.maximumLength,
                let payload = read(Int(words[2]))
            else {
                close(GuestFailure(.protocolError, "\(guestName) sent what is no frame of the runner's protocol"))
                return
            }
            let mailbox = state.withLock { state in state.mailboxes[words[1]] }
            mailbox?.push(RunnerFrame(kind: kind, channel: words[1], payload: payload))
        }
        // The socket's end comes before libvirt's word of why; that word is worth a moment.
        for _ in 0..<30 where isFollowed && state.withLock({ $0.failure == nil }) { usleep(100_000) }
        close(lost)
    }

    private func read(_ count: Int) -> [UInt8]? {
        var complete = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let got = recv(descriptor, buffer.baseAddress?.advanced(by: initialized), count - initialized, 0)
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else {
                    complete = false
                    return
                }
                initialized += got
            }
        }
        return complete ? bytes : nil
    }
}
